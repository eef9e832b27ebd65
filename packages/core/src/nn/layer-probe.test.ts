import { describe, expect, it } from 'vitest';
import { everyLayerGraph } from '../../../train/src/testing/every-layer.js';
import { createRandom } from '../../../train/src/random.js';
import { describeGraph } from './describe-graph.js';
import { createLayerProbe } from './layer-probe.js';
import { miniXception } from './mini-xception.js';
import { nanoNetwork } from './nano-network.js';
import { createNetwork } from './network.js';
import { elementCount, type Tensor } from './tensor.js';
import type { Graph } from './graph.js';

const random = createRandom(7);

/** Weights that keep every activation alive. */
function drawWeights(graph: Graph): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const { weights } of describeGraph(graph).layers.values()) {
    for (const { name, shape, fanIn } of weights) {
      const isPositive = /gamma|variance/.test(name);
      const scale = name.endsWith('kernel') ? 1.5 / Math.sqrt(fanIn) : 0.2;
      const data = Float32Array.from({ length: elementCount(shape) }, () =>
        isPositive ? 0.5 + random.uniform() : scale * random.normal(),
      );
      tensors.set(name, { shape, data });
    }
  }
  return tensors;
}

function drawInput(graph: Graph): Float32Array {
  return Float32Array.from({ length: elementCount(graph.inputShape) }, () => random.normal());
}

/** The graph without its softmax: gives logits, whose differences are not lost in rounding. */
function withoutSoftmax(graph: Graph): Graph {
  const last = graph.layers.at(-1)!;
  return { ...graph, layers: graph.layers.slice(0, -1), outputs: last.inputs };
}

function logProbability(logits: Float32Array, label: number): number {
  return logits[label]! - Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
}

describe.each([
  ['every layer', everyLayerGraph()],
  ['mini-xception', miniXception()],
  ['nano', nanoNetwork()],
])('the gradient of the input: %s', (_, graph) => {
  const weights = drawWeights(graph);
  const input = drawInput(graph);

  it('has the slope of the log-probability', async () => {
    const label = 3;
    const logits = await createNetwork(withoutSoftmax(graph), weights);
    const probe = await createLayerProbe(graph, weights, graph.layers[0]!.name);
    const { gradients, values, outputs } = probe.read(input, label);
    expect(values).toEqual(input);
    expect(outputs.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);

    // Along the gradient itself the slope is the square of its length; a kink on the way changes little of it.
    const length = Math.hypot(...gradients);
    const step = 1e-3 / length;
    const at = (sign: number): number =>
      logProbability(
        logits.predict(
          input.map((value, i) => value + sign * step * gradients[i]!),
          1,
        ),
        label,
      );
    expect(length).toBeGreaterThan(1e-3);
    expect((at(1) - at(-1)) / (2 * step) / length ** 2).toBeCloseTo(1, 1);

    // Along any other direction too. With longer steps kinks disturb the slope, with shorter ones rounding does.
    const STEP = 3e-4;
    for (let trial = 0; trial < 8; trial++) {
      const direction = drawInput(graph);
      const along = (sign: number): number =>
        logProbability(
          logits.predict(
            input.map((value, i) => value + sign * STEP * direction[i]!),
            1,
          ),
          label,
        );
      const expected = direction.reduce((sum, value, i) => sum + value * gradients[i]!, 0);
      expect(Math.abs((along(1) - along(-1)) / (2 * STEP) - expected)).toBeLessThan(0.08 * length);
    }
  });
});
