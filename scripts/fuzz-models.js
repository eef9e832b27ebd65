// Damages model files of every format and reads them: no crash, no hang, bounded memory. `node scripts/fuzz-models.js [count]`
// (default 10,000 damaged files in all; run `npm run build` first). The tests do the same with a few hundred.
// @ts-check
import { MienError } from '@mien/core';
import { GraphBuilder } from '@mien/core/nn';
import { toKerasArchive, toKerasHdf5, toModelSafetensors, toOnnx, toTensorflowJs, toTflite } from '@mien/formats';
import { importModelFile } from '@mien/formats/model-file';
import { memoryInUse, mutationsOf } from '../packages/formats/dist/modules/testing/mutations.js';
import { makeWeights } from '../packages/formats/dist/modules/testing/synthetic-numbers.js';

const COUNT = Number(process.argv[2] ?? 10_000);
/** What one damaged file may take. */
const MAX_SECONDS = 2;
const MAX_BYTES = 256 * 2 ** 20;

const g = new GraphBuilder('fuzzed', [12, 12, 1]);
let x = g.activation(g.batchNormalization(g.conv2d(g.input, { filters: 4, kernelSize: [3, 3], padding: 'same' })), 'elu');
x = g.add(g.separableConv2d(x, { filters: 4, kernelSize: [3, 3], padding: 'same' }), x);
x = g.prelu(g.maxPooling2d(x, { poolSize: [2, 2] }));
const graph = g.build(g.softmax(g.dense(g.flatten(x), { units: 7 })));
const model = { graph, weights: makeWeights(graph, 5), labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] };
const { json, shards } = toTensorflowJs(model);

/** @type {Record<string, Uint8Array>} */
const FILES = {
  'a.hdf5': await toKerasHdf5(model),
  'a.keras': await toKerasArchive(model),
  'a.onnx': toOnnx(model),
  'a.tflite': toTflite(model),
  'a.safetensors': toModelSafetensors(model),
  'model.json': json,
};

let worst = { seconds: 0, bytes: 0, of: '' };
const outcomes = new Map();
for (const [path, file] of Object.entries(FILES)) {
  for (const bytes of mutationsOf(file, Math.ceil(COUNT / Object.keys(FILES).length), 17)) {
    const before = memoryInUse();
    const startMs = performance.now();
    let outcome = 'read';
    try {
      await importModelFile({ path, bytes, readBeside: async (name) => shards.get(name), listBeside: async () => [...shards.keys()] });
    } catch (error) {
      // The library for HDF5 may break on a file; it says so and refuses to go on.
      if (!(error instanceof MienError)) throw new Error(`${path}: a damaged file crashed its reader`, { cause: error });
      outcome = error.code;
    }
    outcomes.set(`${path} ${outcome}`, (outcomes.get(`${path} ${outcome}`) ?? 0) + 1);
    const seconds = (performance.now() - startMs) / 1000;
    const grown = memoryInUse() - before;
    if (seconds > worst.seconds) worst = { ...worst, seconds, of: path };
    worst.bytes = Math.max(worst.bytes, grown);
    if (seconds > MAX_SECONDS) throw new Error(`${path}: a damaged file took ${seconds.toFixed(1)} s`);
    if (grown > MAX_BYTES) throw new Error(`${path}: a damaged file took ${Math.round(grown / 2 ** 20)} MiB`);
  }
}
for (const [key, count] of [...outcomes].sort()) console.log(`${key}: ${count}`);
console.log(`slowest ${worst.seconds.toFixed(3)} s (${worst.of}), largest growth ${(worst.bytes / 2 ** 20).toFixed(1)} MiB`);
