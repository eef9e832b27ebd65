// Mien: mini_Xception on one face and on 32, one thread.
// @ts-check
import { createNetwork, detectKernelBuild, miniXception } from '@mien/core/nn';
import { createTrainingSession } from '@mien/train';
import { inputs, measure, report } from './measure.js';

const graph = miniXception();
const session = await createTrainingSession({ graph, batchSize: 1, seed: 1, optimizer: { kind: 'sgd' } });
const network = await createNetwork(graph, session.weights());

/** @type {Record<string, object>} */
const results = {};
for (const batch of [1, 32]) {
  const pictures = inputs(batch);
  results[`mien, batch ${batch}`] = await measure(() => network.predict(pictures, batch));
}
report({ ...results, build: detectKernelBuild() });
