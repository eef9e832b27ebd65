// onnxruntime-web (WebAssembly) or onnxruntime-node (native), one thread, on the same networks with the same weights.
// `node onnxruntime.js onnxruntime-web`
import { createNetwork } from '@mien/core/nn';
import { toOnnx } from '@mien/formats';
import { createTrainingSession } from '@mien/train';
import { inputs, measure, report } from '../measure.js';
import { NETWORKS } from '../networks.js';

const name = process.argv[2];
const ort = await import(name);
if (name === 'onnxruntime-web') ort.env.wasm.numThreads = 1;

const results = {};
for (const [word, graph] of Object.entries(NETWORKS)) {
  const run = await open(graph);
  for (const batch of [1, 32]) {
    const pictures = inputs(batch);
    results[`${name}, ${word}batch ${batch}`] = await measure(() => run(pictures, batch));
  }
}
report({ ...results, version: ort.env.versions.common });

async function open(graph) {
  const training = await createTrainingSession({ graph, batchSize: 1, seed: 1, optimizer: { kind: 'sgd' } });
  const weights = training.weights();
  const session = await ort.InferenceSession.create(toOnnx({ graph, weights }), {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const run = async (pictures, batch) => {
    // With one channel, NHWC and NCHW are the same bytes.
    const feeds = { [session.inputNames[0]]: new ort.Tensor('float32', pictures, [batch, 1, 48, 48]) };
    return (await session.run(feeds))[session.outputNames[0]].data;
  };
  const ours = (await createNetwork(graph, weights)).predict(inputs(1), 1);
  const theirs = await run(inputs(1), 1);
  if (ours.some((value, index) => !(Math.abs(value - theirs[index]) < 1e-4))) {
    throw new Error(`${name} computes another network: ${theirs} instead of ${ours}`);
  }
  return run;
}
