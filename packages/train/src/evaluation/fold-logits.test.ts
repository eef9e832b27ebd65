import { withTemperature } from '@mien/core';
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
import { foldLogitOffsets, foldTemperature } from './fold-logits.js';

const randomWeights = (graph: Graph): Weights => initializeWeights(graph, createRandom(7));

/** A dense layer without a bias. */
function plainNetwork(): Graph {
  const g = new GraphBuilder('plain', [48, 48, 1]);
  const pooled = g.globalAveragePooling2d(g.conv2d(g.input, { filters: 5, kernelSize: [3, 3] }));
  return g.build(g.softmax(g.dense(pooled, { units: 7, useBias: false })));
}

const inputs = Float32Array.from({ length: 3 * 48 * 48 }, (_, i) => Math.sin(i * 0.37) + ((i >> 7) % 3) / 3);

const probabilitiesOf = async (graph: Graph, weights: Weights): Promise<Float32Array> =>
  (await createNetwork(graph, weights)).predict(inputs, 3);

const farthest = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe.each([
  ['mini-xception', miniXception()],
  ['nano', nanoNetwork()],
  ['base', baseNetwork()],
  ['a network without a bias', plainNetwork()],
])('in %s', (_, graph) => {
  const weights = randomWeights(graph);

  it('offsets give the probabilities of shifted logits', async () => {
    const offsets = logitOffsets([0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17], 0.7);
    const before = await probabilitiesOf(graph, weights);
    const folded = foldLogitOffsets(graph, weights, offsets);
    const after = await probabilitiesOf(folded.graph, folded.weights);
    expect(farthest(after, withLogitOffsets(before, offsets))).toBeLessThan(5e-5);
    expect(farthest(after, before)).toBeGreaterThan(0.01);
  });

  it('a temperature gives the probabilities of divided logits', async () => {
    // Far apart, so that a temperature changes something.
    const sharp = foldTemperature(graph, weights, 0.25);
    const before = await probabilitiesOf(graph, sharp);
    const after = await probabilitiesOf(graph, foldTemperature(graph, sharp, 1.7));
    expect(farthest(after, withTemperature(before, 7, 1.7))).toBeLessThan(5e-5);
    expect(farthest(after, before)).toBeGreaterThan(0.01);
  });
});

it('other ends and other numbers of outputs are refused', () => {
  const offsets = [0, 0, 0];
  const g = new GraphBuilder('odd', [4, 4, 1]);
  const odd = g.build(g.softmax(g.flatten(g.conv2d(g.input, { filters: 3, kernelSize: [3, 3] }))));
  expect(() => foldTemperature(odd, randomWeights(odd), 2)).toThrow(/its softmax follows flatten/);
  expect(() => foldLogitOffsets(odd, randomWeights(odd), offsets)).toThrow(
    /network odd: its softmax follows flatten; to change its logits it needs a dense layer/,
  );
  const plain = plainNetwork();
  expect(() => foldLogitOffsets(plain, randomWeights(plain), offsets)).toThrow(/its logits are 7, not 3/);
});
