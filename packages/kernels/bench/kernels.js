// GFLOP/s of the heavy kernels at the shapes of mini_Xception (48×48), one thread, against what the core can do at
// best: multiply-adds that never leave the registers. Prints a table and ends with one JSON line.
//   node packages/kernels/bench/kernels.js [part of a kernel's name]
// @ts-check
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import asc from 'assemblyscript/asc';

setFlagsFromString('--experimental-wasm-relaxed-simd');
// The optimizing compiler at once: what runs after the first milliseconds of use.
setFlagsFromString('--no-liftoff');
const BUILDS = /** @type {const} */ (['simd', 'relaxed']);
const BATCHES = [1, 32];
/** A sample runs this long; the best of several counts, since other work shares the machine. */
const SAMPLE_MS = 4;
const SAMPLES = 12;

const memory = new WebAssembly.Memory({ initial: 1024 });
const [X, W, Y, BIAS] = [1 << 20, 24 << 20, 32 << 20, 64];
for (const at of [X, W, Y]) new Float32Array(memory.buffer, at, 1 << 20).fill(0.01);

/** @typedef {{ name: string, shape: string, kernel: string, flop: number, items: number, args: number[] }} Case */

/** Forward and the two gradients of one layer; `same` pads inside or before. @returns {Case[]} */
const conv = (/** @type {number} */ n, size = 0, cIn = 0, cOut = 0, k = 3, stride = 1) => {
  const out = Math.floor((size - k) / stride) + 1;
  const [rows, sizes] = [n * out, [size, size, cIn, out, out, cOut, k, k, stride]];
  const common = { shape: `${n}·${size}²·${cIn} → ${out}²·${cOut}, ${k}×${k}/${stride}`, flop: 2 * rows * out * k * k * cIn * cOut };
  const chunk = Math.max(1, Math.ceil(rows / 8));
  return [
    { ...common, name: 'conv2d', kernel: 'conv2d', items: rows, args: [X, W, BIAS, Y, ...sizes, 1] },
    { ...common, name: 'conv2d dW', kernel: 'conv2dBackwardWeights', items: Math.ceil(rows / chunk), args: [X, Y, W, ...sizes, rows, chunk] },
  ];
};
/** @returns {Case[]} */
const pointwise = (/** @type {number} */ n, size = 0, k = 0, c = 0) => {
  const [rows, common] = [n * size * size, { shape: `${n}·${size}²·${k} → ${c}`, flop: 2 * n * size * size * k * c }];
  const chunk = Math.ceil(rows / 8);
  return [
    { ...common, name: 'gemm', kernel: 'gemm', items: rows, args: [X, W, BIAS, Y, k, c, 0] },
    { ...common, name: 'gemm dW', kernel: 'gemmBackwardWeights', items: Math.ceil(rows / chunk), args: [X, Y, W, rows, k, c, chunk] },
  ];
};
/** @returns {Case[]} */
const depthwise = (/** @type {number} */ n, size = 0, c = 0) => {
  const [rows, sizes] = [n * size, [size, size, c, size, size, 3, 3, 1, 1, 1]];
  const common = { shape: `${n}·${size}²·${c}`, flop: 2 * rows * size * c * 9 };
  const chunk = Math.ceil(rows / 8);
  return [
    { ...common, name: 'depthwise', kernel: 'depthwiseConv2d', items: rows, args: [X, W, 0, Y, ...sizes, 0] },
    { ...common, name: 'depthwise dX', kernel: 'depthwiseConv2dBackwardInput', items: rows, args: [X, W, Y, ...sizes, 0] },
    { ...common, name: 'depthwise dW', kernel: 'depthwiseConv2dBackwardWeights', items: Math.ceil(rows / chunk), args: [X, Y, W, ...sizes, rows, chunk] },
  ];
};
const cases = BATCHES.flatMap((n) => [
  ...conv(n, 48, 1, 8), ...conv(n, 46, 8, 8), ...conv(n, 44, 8, 16, 1, 2), ...conv(n, 22, 16, 32, 1, 2),
  ...[[44, 8, 16], [44, 16, 16], [22, 16, 32], [22, 32, 32], [11, 32, 64], [11, 64, 64], [6, 64, 128], [6, 128, 128]].flatMap(
    ([size, k, c]) => [...depthwise(n, size, k), ...pointwise(n, size, k, c)]),
  ...conv(n, 5, 128, 7), ...conv(n, 24, 32, 64), ...conv(n, 12, 128, 128),
]).filter(({ name, shape }) => `${name} ${shape}`.includes(process.argv[2] ?? '')); // prettier-ignore

/** GFLOP/s of `run`, which does `flop` operations. */
const measure = (/** @type {() => void} */ run, /** @type {number} */ flop) => {
  let best = Infinity;
  for (let sample = 0, count = 1; sample < SAMPLES; ) {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    const ms = performance.now() - start;
    if (ms < SAMPLE_MS / 2) count *= 2;
    else [best, sample] = [Math.min(best, ms / count), sample + 1];
  }
  return flop / best / 1e6;
};

/** Twelve chains of multiply-adds: enough to hide their latency, and they fit the registers. */
const peakSource = () => {
  const chains = Array.from({ length: 12 }, (_, i) => `s${i}`);
  return `export function peak(p: usize, count: i32): void {
    const x = v128.load32_splat(p), y = v128.load32_splat(p, 4);
    let ${chains.map((s, i) => `${s} = v128.load(p, ${16 * i})`).join(', ')};
    for (let i = 0; i < count; i++) { ${chains.map((s) => `${s} = multiplyAdd(${s}, x, y);`).join(' ')} }
    ${chains.map((s, i) => `v128.store(p, ${s}, ${16 * i});`).join(' ')}
  }`;
};
const assembly = new URL('../assembly/vector.ts', import.meta.url);
const source = `${readFileSync(assembly, 'utf8')}\n${peakSource()}`;

/** @type {Record<string, Record<string, number>>} */
const results = {};
const record = (/** @type {string} */ label, /** @type {string} */ build, /** @type {number} */ value) => {
  (results[label] ??= {})[build] = Number(value.toFixed(1));
};
for (const build of BUILDS) {
  const enable = ['simd', ...(build === 'relaxed' ? ['relaxed-simd'] : [])];
  const { binary, stderr } = await asc.compileString(source, { optimizeLevel: 3, runtime: 'stub', importMemory: true, noAssert: true, enable });
  if (!binary) throw new Error(`kernels bench: asc failed\n${stderr}`);
  const load = (/** @type {Uint8Array} */ bytes) =>
    /** @type {Record<string, (...args: number[]) => void>} */ (
      /** @type {unknown} */ (new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports)
    );
  const { peak } = load(binary);
  record('peak', build, measure(() => peak?.(X, 10_000), 10_000 * 12 * 8));
  const kernels = load(readFileSync(new URL(`../dist/${build}.wasm`, import.meta.url)));
  for (const { name, shape, kernel, flop, items, args } of cases) {
    record(`${name} ${shape}`, build, measure(() => kernels[kernel]?.(...args, 0, items), flop));
  }
}
for (const [label, rates] of Object.entries(results)) {
  console.log(label.padEnd(50), BUILDS.map((build) => `${build} ${String(rates[build]).padStart(5)}`).join('  '));
}
console.log(JSON.stringify({ bench: 'kernels', unit: 'GFLOP/s', runtime: process.version, results }));
