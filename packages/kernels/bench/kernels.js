// GFLOP/s of the heavy kernels at the shapes of mini_Xception (48×48), of dense convolutions and of BlazeFace, on one thread,
// compared with the peak rate: multiply-adds that never leave the registers. Ends with one JSON line.
//   node packages/kernels/bench/kernels.js [part of a label]
// @ts-check
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import asc from 'assemblyscript/asc';

setFlagsFromString('--experimental-wasm-relaxed-simd');
setFlagsFromString('--no-liftoff'); // Use the optimising compiler from the start, as after the first milliseconds of a normal run.
const BUILDS = { simd: ['simd'], relaxed: ['simd', 'relaxed-simd'] };
/** The best of many short samples is reported, since other processes share the machine. */
const [SAMPLE_MS, SAMPLES] = [1, 40];

const memory = new WebAssembly.Memory({ initial: 1024 });
const [X, W, Y, WORK] = [1 << 20, 24 << 20, 32 << 20, 48 << 20];
for (const at of [X, W, Y]) new Float32Array(memory.buffer, at, 1 << 20).fill(0.01);

/** @type {[label: string, flop: number, kernel: string, items: number, ...args: number[]][]} */
const cases = [];
/** @type {(n: number, ...shape: number[]) => void} */
const addConvolution = (n, size = 0, cIn = 0, cOut = 0, k = 0, stride = 0) => {
  const out = Math.floor((size - k) / stride) + 1;
  const [rows, sizes] = [n * out, [size, size, cIn, out, out, cOut, k, k, stride]];
  const [label, flop] = [`${n}·${size}²·${cIn} → ${cOut} ${k}×${k}`, 2 * rows * out * k * k * cIn * cOut];
  cases.push([`conv2d ${label}`, flop, 'conv2d', rows, X, W, Y, ...sizes, 1]);
  cases.push([
    `conv2d dW ${label}`,
    flop,
    'conv2dBackwardWeights',
    8,
    X,
    Y,
    W,
    WORK,
    ...sizes,
    rows,
    rows / 8,
  ]);
};
/** @type {(n: number, ...shape: number[]) => void} */
const addSeparable = (n, size = 0, cIn = 0, cOut = 0) => {
  const [rows, pixels, sizes] = [n * size, n * size * size, [size, size, cIn, size, size, 3, 3, 1, 1, 1]];
  const [label, flop, flopGemm] = [`${n}·${size}²·${cIn}`, 2 * pixels * cIn * 9, 2 * pixels * cIn * cOut];
  cases.push(
    [`depthwise ${label}`, flop, 'depthwiseConv2d', rows, X, W, 0, Y, ...sizes, 0],
    [`gemm ${label} → ${cOut}`, flopGemm, 'gemm', pixels, X, W, Y, cIn, cOut, 0],
    [`depthwise dX ${label}`, flop, 'depthwiseConv2dBackwardInput', rows, X, W, Y, ...sizes, 0],
    [`depthwise dW ${label}`, flop, 'depthwiseConv2dBackwardWeights', 8, X, Y, W, ...sizes, rows, rows / 8],
    [`gemm dW ${label} → ${cOut}`, flopGemm, 'gemmBackwardWeights', 8, X, Y, W, WORK, pixels, cIn, cOut, pixels / 8],
  ); // prettier-ignore
};
/** The same convolution by Winograd; its rate counts the products of the direct method. @type {(n: number, ...shape: number[]) => void} */
const addWinograd = (n, size = 0, cIn = 0, cOut = 0) => {
  const out = size - 2;
  const sizes = [size, size, cIn, out, cOut, 3, 1, Math.min(24, out)];
  const flop = 2 * n * out * out * 9 * cIn * cOut;
  cases.push([
    `Winograd ${n}·${size}²·${cIn} → ${cOut} 3×3`,
    flop,
    'conv2dWinograd',
    n,
    X,
    W,
    Y,
    WORK,
    ...sizes,
    1,
  ]);
  const rows = Math.min(out, Math.ceil(128 / Math.ceil(out / 4)));
  cases.push([
    `Winograd dW ${n}·${size}²·${cIn} → ${cOut} 3×3`,
    flop,
    'conv2dWinogradBackwardWeights',
    1,
    X,
    Y,
    W,
    WORK,
    ...[out, out, cIn, cOut, 3, n, n, rows < out ? 1 : n, rows],
  ]);
};
/** @type {(size: number, c: number) => void} */
const addStrided = (size, c) => {
  const [out, sizes] = [size / 2, [size, size, c, size / 2, size / 2, 3, 3, 2, 0, 0]];
  cases.push([
    `depthwise 1·${size}²·${c}, stride 2`,
    2 * out * out * c * 9,
    'depthwiseConv2d',
    out,
    X,
    W,
    X,
    Y,
    ...sizes,
    0,
  ]);
};
// prettier-ignore
const dense = [[48, 1, 8, 3, 1], [46, 8, 8, 3, 1], [44, 8, 16, 1, 2], [22, 16, 32, 1, 2], [5, 128, 7, 3, 1]];
// prettier-ignore
const modules = [[44, 8, 16], [44, 16, 16], [22, 16, 32], [22, 32, 32], [11, 32, 64], [11, 64, 64], [6, 64, 128], [6, 128, 128]];
for (const n of [1, 32]) {
  for (const shape of dense) addConvolution(n, ...shape);
  for (const shape of modules) addSeparable(n, ...shape);
}
addConvolution(4, 24, 32, 64, 3, 1);
addConvolution(4, 12, 128, 128, 3, 1);
addWinograd(1, 46, 8, 8);
addWinograd(4, 26, 32, 64);
addWinograd(4, 14, 128, 128);
addStrided(64, 28);
addStrided(16, 88);
/** The peak: twelve chains of multiply-adds, enough to hide their latency, few enough for the registers. */
const chains = Array.from({ length: 12 }, (_, i) => i);
const peakSource = `${readFileSync(new URL('../assembly/multiply-add.ts', import.meta.url), 'utf8')}
export function peak(p: usize, begin: i32, end: i32): void {
  const x = v128.load32_splat(p), y = v128.load32_splat(p, 4);
  ${chains.map((i) => `let s${i} = v128.load(p, ${16 * i});`).join(' ')}
  for (let i = begin; i < end; i++) { ${chains.map((i) => `s${i} = multiplyAdd(s${i}, x, y);`).join(' ')} }
  ${chains.map((i) => `v128.store(p, s${i}, ${16 * i});`).join(' ')}
}`;

/** @type {(run: () => void, flop: number) => number} GFLOP/s */
const measure = (run, flop) => {
  let best = Infinity;
  for (let sample = 0, count = 1; sample < SAMPLES;) {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    const ms = performance.now() - start;
    if (ms < SAMPLE_MS) count *= 2;
    else [best, sample] = [Math.min(best, ms / count), sample + 1];
  }
  return Number((flop / best / 1e6).toFixed(1));
};
/** @type {(bytes: Uint8Array) => Record<string, (...args: number[]) => void>} */ // prettier-ignore
const load = (bytes) => /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports);
/** @type {Record<string, Record<string, number>>} */
const results = {};
for (const [build, enable] of Object.entries(BUILDS)) {
  const options = { optimizeLevel: 3, runtime: 'stub', importMemory: true, noAssert: true, enable };
  const { binary } = await asc.compileString(peakSource, options);
  const kernels = load(readFileSync(new URL(`../dist/${build}.wasm`, import.meta.url)));
  const { peak } = load(/** @type {Uint8Array} */ (binary));
  results['peak'] = { ...results['peak'], [build]: measure(() => peak?.(X, 0, 10_000), 12 * 8 * 10_000) };
  for (const [label, flop, kernel, items, ...args] of cases) {
    // Gradients are measured for batches only, as in training.
    if (!label.includes(process.argv[2] ?? '') || / d[XW] 1·/.test(label)) continue;
    (results[label] ??= {})[build] = measure(() => kernels[kernel]?.(...args, 0, items), flop);
  }
}
console.table(results);
console.log(JSON.stringify({ bench: 'kernels', unit: 'GFLOP/s', runtime: process.version, results }));
