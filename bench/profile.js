// Where the time of an inference goes: the best time of each kernel launch of a compiled network, on one thread, in the order
// and with the caches of a real run. The rate counts multiplications and additions of convolutions and matrix products.
//   node bench/profile.js [mini-xception|blazeface] [batch] [simd|relaxed]
// @ts-check
import { setFlagsFromString } from 'node:v8';
import { readModel } from './read-model.js';

// In Node 20 relaxed SIMD needs a flag; --no-liftoff uses the optimising compiler from the first call.
setFlagsFromString('--experimental-wasm-relaxed-simd');
setFlagsFromString('--no-liftoff');
const { createKernels, detectKernelBuild } = await import('@mien/core/nn');
const CORE = new URL('../packages/core/dist/modules/', import.meta.url);
const { compileInference } = await import(`${CORE}nn/compiler/compile-inference.js`);
const { uploadConstants } = await import(`${CORE}nn/compiler/inference-constants.js`);
const { planFusions } = await import(`${CORE}nn/compiler/plan-fusions.js`);
const { loadModel } = await import(`${CORE}model/load-model.js`);
const { loadDetectorModel } = await import(`${CORE}model/load-detector-model.js`);

const MEASURE_MS = 2000;
const [name = 'mini-xception', batch = '4', build = detectKernelBuild()] = process.argv.slice(2);
const files = readModel(name === 'blazeface' ? 'blazeface-short-range' : name);
const { graph, weights } = await (name === 'blazeface' ? loadDetectorModel(files) : loadModel(files));
const kernels = await createKernels({ build: /** @type {'simd' | 'relaxed'} */ (build) });
const plan = planFusions(graph);
const compiled = compileInference(
  kernels,
  graph,
  plan,
  uploadConstants(kernels, graph, plan, weights),
  Number(batch),
);
/** @type {import('@mien/core/compiler').Program} */
const program = compiled.program;
const [height, width, channels] = graph.inputShape;
const input = kernels.f32(compiled.inputOffset, Number(batch) * height * width * channels);
input.forEach((_, index) => (input[index] = Math.sin(index * 12.9898)));

const call = /** @type {Record<string, (...args: number[]) => void>} */ (
  /** @type {unknown} */ (kernels.exports)
);
const best = program.map(() => Infinity);
let bestRun = Infinity;
for (const end = performance.now() + MEASURE_MS; performance.now() < end;) {
  const start = performance.now();
  kernels.run(program);
  bestRun = Math.min(bestRun, performance.now() - start);
  for (const [index, { kernel, args, items }] of program.entries()) {
    const before = performance.now();
    call[kernel]?.(...args, 0, items);
    best[index] = Math.min(best[index] ?? Infinity, performance.now() - before);
  }
}

/** What a launch multiplies and adds, by the parameters of the kernels. @type {Record<string, (args: readonly number[], items: number) => number>} */
const FLOP = {
  gemm: ([, , , k = 0, n = 0], items) => 2 * k * n * items,
  conv2d: ([, , , , , cIn = 0, , wOut = 0, cOut = 0, kh = 0, kw = 0], items) =>
    2 * items * wOut * cOut * kh * kw * cIn,
  depthwiseConv2d: ([, , , , , , c = 0, , wOut = 0, kh = 0, kw = 0], items) => 2 * items * wOut * c * kh * kw,
};
const rows = program.map(({ kernel, args, items }, index) => {
  const ms = best[index] ?? 0;
  const flop = FLOP[kernel]?.(args, items) ?? 0;
  return {
    kernel,
    sizes: args.filter((value) => value > 0 && value < 4096).join(' '),
    items,
    µs: Number((ms * 1000).toFixed(1)),
    'GFLOP/s': flop > 0 ? Number((flop / ms / 1e6).toFixed(1)) : '',
  };
});
console.table(rows);
/** @type {Record<string, number>} */
const sums = {};
for (const row of rows) sums[row.kernel] = Number(((sums[row.kernel] ?? 0) + row['µs']).toFixed(1));
console.log(
  JSON.stringify({ bench: 'profile', name, batch: Number(batch), build, runMs: bestRun, µs: sums }),
);
