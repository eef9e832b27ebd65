/**
 * Gates per channel in Keras files. Keras' Multiply takes `[batch, height, width, channels]` and `[batch, channels]`: it
 * puts axes of length 1 behind the batch of the shorter one, which is then one factor per channel.
 *
 * Ref: keras/layers/merge.py, `_Merge.call`.
 */
import { createNetwork, nanoNetwork, residualNetwork, type Graph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createUniform, makeWeights } from '../testing/synthetic-numbers.js';
import { parseKerasArchive } from './keras-archive.js';
import { parseKerasHdf5 } from './keras-hdf5.js';
import { isKerasGraph } from './to-config.js';
import { toKerasArchive } from './keras-archive.js';
import { toKerasHdf5 } from './keras-hdf5.js';

describe.each<[string, Graph]>([
  ['nano', nanoNetwork()],
  [
    'a residual network',
    residualNetwork({ inputShape: [24, 20, 3], widths: [8, 12], squeezeExcitation: 4, dropout: 0.2 }),
  ],
])('%s with squeeze-and-excitation', (_, graph) => {
  const weights = makeWeights(graph);
  const [height, width, channels] = graph.inputShape;
  const inputs = Float32Array.from({ length: 2 * height * width * channels }, createUniform(7));

  it('has a place in Keras files', () => {
    expect(isKerasGraph(graph)).toBe(true);
  });

  it.each([
    ['.hdf5', toKerasHdf5, parseKerasHdf5],
    ['.keras', toKerasArchive, parseKerasArchive],
  ] as const)('comes back from %s as the same network', async (extension, write, read) => {
    const model = await read(await write({ graph, weights }), `file${extension}`);
    expect(model.graph.layers.map(({ kind }) => kind)).toEqual(graph.layers.map(({ kind }) => kind));
    const before = (await createNetwork(graph, weights)).predict(inputs, 2);
    const after = (await createNetwork(model.graph, model.weights)).predict(inputs, 2);
    expect(after).toEqual(before);
    expect(new Set(before.map((value) => Math.fround(value))).size).toBeGreaterThan(7);
  });
});
