// Would kernels of whole numbers be faster than those of float32? Matrix products of pointwise convolutions of nano and base, on
// one thread: float32 with fused multiply-adds as in assembly/gemm-micro-kernel.ts, int16 and int8 with the dot products of
// WebAssembly. The same tile of 4 pixels × 8 columns, panels laid out for each; quantising the inputs is left out.
//   node packages/kernels/bench/int8.js
// @ts-check
import { setFlagsFromString } from 'node:v8';
import asc from 'assemblyscript/asc';

setFlagsFromString('--experimental-wasm-relaxed-simd');
setFlagsFromString('--no-liftoff');
const [SAMPLE_MS, SAMPLES] = [2, 60];
const SHAPES = [
  { name: 'nano 12×12', pixels: 144, inputs: 64, outputs: 64 },
  { name: 'nano 6×6', pixels: 36, inputs: 96, outputs: 96 },
  { name: 'base 6×6, a tap', pixels: 36, inputs: 128, outputs: 128 },
  { name: 'base 3×3, a tap', pixels: 8, inputs: 256, outputs: 256 },
];

/**
 * A kernel whose inner step takes `step` inputs.
 *
 * @param {string} name @param {number} step @param {number} bytes  of an input and of a weight
 * @param {string} zero @param {(x: string, w: string, sum: string) => string} multiplyAdd
 */
const kernel = (name, step, bytes, zero, multiplyAdd) => {
  const tile = [0, 1, 2, 3].flatMap((row) => [0, 1].map((half) => ({ row, half, sum: `s${row}${half}` })));
  return `
export function ${name}(x: usize, panels: usize, y: usize, pixels: i32, inputs: i32, outputs: i32): void {
  const row = <usize>(inputs * ${bytes});
  for (let column = 0; column < outputs; column += 8) {
    const panel = panels + <usize>(column * inputs * ${bytes});
    for (let pixel = 0; pixel < pixels; pixel += 4) {
      let from = x + <usize>pixel * row;
      let w = panel;
      ${tile.map(({ sum }) => `let ${sum} = ${zero};`).join(' ')}
      for (let i = 0; i < inputs; i += ${step}) {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        ${[0, 1, 2, 3].map((row) => `const x${row} = v128.load32_splat(from + ${row} * row);`).join(' ')}
        ${tile.map(({ row, half, sum }) => `${sum} = ${multiplyAdd(`x${row}`, `w${half}`, sum)};`).join(' ')}
        from += 4;
        w += 32;
      }
      const to = y + <usize>((pixel * outputs + column) << 2);
      ${tile.map(({ row, half, sum }) => `v128.store(to + <usize>(${row} * outputs << 2), ${sum}, ${16 * half});`).join(' ')}
    }
  }
}`;
};
const source = [
  kernel('float32', 1, 4, 'f32x4.splat(0)', (x, w, sum) => `f32x4.relaxed_madd(${x}, ${w}, ${sum})`),
  kernel('int16', 2, 2, 'i32x4.splat(0)', (x, w, sum) => `i32x4.add(i32x4.dot_i16x8_s(${x}, ${w}), ${sum})`),
  kernel(
    'int8',
    4,
    1,
    'i32x4.splat(0)',
    (x, w, sum) => `i32x4.relaxed_dot_i8x16_i7x16_add_s(${x}, ${w}, ${sum})`,
  ),
].join('\n');

/** @type {Uint8Array | undefined} */
let wasm;
const { error, stderr } = await asc.main(
  ['int8.ts', '--outFile', 'int8.wasm', '--importMemory', '--runtime', 'stub', '--optimizeLevel', '3', '--enable', 'simd', '--enable', 'relaxed-simd'],
  {
    readFile: (name) => (name === 'int8.ts' ? source : null),
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm') && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  },
); // prettier-ignore
if (error !== null || wasm === undefined) throw new Error(stderr.toString());
const memory = new WebAssembly.Memory({ initial: 256 });
const { instance } = await WebAssembly.instantiate(/** @type {BufferSource} */ (wasm), { env: { memory } });
const kernels = /** @type {Record<string, (...args: number[]) => void>} */ (instance.exports);

const [X, W, Y] = [1 << 20, 4 << 20, 12 << 20];
/** @type {(name: string, ...args: number[]) => number} */
const secondsOf = (name, ...args) => {
  const run = kernels[name] ?? (() => undefined);
  const start = performance.now();
  let runs = 0;
  do {
    run(X, W, Y, ...args);
    runs++;
  } while (performance.now() - start < SAMPLE_MS);
  return (performance.now() - start) / runs / 1000;
};

console.log('10⁹ multiply-accumulates a second, best of each; ratio to float32');
for (const { name, pixels, inputs, outputs } of SHAPES) {
  /** @type {Record<string, number>} */
  const best = { float32: Infinity, int16: Infinity, int8: Infinity };
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (const kind of Object.keys(best))
      best[kind] = Math.min(best[kind] ?? Infinity, secondsOf(kind, pixels, inputs, outputs));
  }
  const rates = Object.entries(best).map(
    ([kind, seconds]) =>
      `${kind} ${((pixels * inputs * outputs) / seconds / 1e9).toFixed(1)} (${((best['float32'] ?? 0) / seconds).toFixed(2)})`,
  );
  console.log(`${name.padEnd(16)} ${pixels}×${inputs}×${outputs}: ${rates.join(', ')}`);
}
