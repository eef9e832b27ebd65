import {
  baseNetwork,
  createNetwork,
  GraphBuilder,
  miniXception,
  nanoNetwork,
  type Graph,
  type Weights,
} from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { logitOffsets, withLogitOffsets } from '../metrics/logit-adjustment.js';
import { createRandom } from '../random.js';
import { initializeWeights } from '../session/initialize-weights.js';
import { foldLogitOffsets } from './fold-logit-offsets.js';

const randomWeights = (graph: Graph): Weights => initializeWeights(graph, createRandom(7));

/** A dense layer without a bias. */
function plainNetwork(): Graph {
  const g = new GraphBuilder('plain', [48, 48, 1]);
  const pooled = g.globalAveragePooling2d(g.conv2d(g.input, { filters: 5, kernelSize: [3, 3] }));
  return g.build(g.softmax(g.dense(pooled, { units: 7, useBias: false })));
}

describe.each([
  ['mini-xception', miniXception()],
  ['nano', nanoNetwork()],
  ['base', baseNetwork()],
  ['a network without a bias', plainNetwork()],
])('foldLogitOffsets in %s', (_, graph) => {
  it('gives the probabilities of shifted logits', async () => {
    const weights = randomWeights(graph);
    const offsets = logitOffsets([0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17], 0.7);
    const inputs = Float32Array.from(
      { length: 3 * 48 * 48 },
      (__, i) => Math.sin(i * 0.37) + ((i >> 7) % 3) / 3,
    );
    const before = (await createNetwork(graph, weights)).predict(inputs, 3);
    const folded = foldLogitOffsets(graph, weights, offsets);
    const after = (await createNetwork(folded.graph, folded.weights)).predict(inputs, 3);
    withLogitOffsets(before, offsets).forEach((value, i) => expect(after[i]).toBeCloseTo(value, 4));
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!)))).toBeGreaterThan(0.01);
  });
});

it('refuses other ends and other numbers of outputs', () => {
  const offsets = [0, 0, 0];
  const g = new GraphBuilder('odd', [4, 4, 1]);
  const odd = g.build(g.softmax(g.flatten(g.conv2d(g.input, { filters: 3, kernelSize: [3, 3] }))));
  expect(() => foldLogitOffsets(odd, randomWeights(odd), offsets)).toThrow(
    /network odd: its softmax follows flatten; it needs a dense layer/,
  );
  const plain = plainNetwork();
  expect(() => foldLogitOffsets(plain, randomWeights(plain), offsets)).toThrow(/its logits are 7, not 3/);
});
