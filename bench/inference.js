// Mien: mini_Xception and nano on one face and on 32, one thread.
// @ts-check
import { createNetwork, detectKernelBuild } from '@mien/core/nn';
import { createTrainingSession } from '@mien/train';
import { inputs, measure, report } from './measure.js';
import { NETWORKS } from './networks.js';

/** @type {Record<string, object>} */
const results = {};
for (const [name, graph] of Object.entries(NETWORKS)) {
  const session = await createTrainingSession({ graph, batchSize: 1, seed: 1, optimizer: { kind: 'sgd' } });
  const network = await createNetwork(graph, session.weights());
  for (const batch of [1, 32]) {
    const pictures = inputs(batch);
    results[`mien, ${name}batch ${batch}`] = await measure(() => network.predict(pictures, batch));
  }
}
report({ ...results, build: detectKernelBuild() });
