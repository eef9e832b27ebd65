import { describeGraph, elementCount, type Graph, type Tensor, type WeightDescription } from '@mien/core/nn';
import type { Random } from '../random.js';

/**
 * Initial weights for a graph, reproducible from the generator.
 *
 * Each weight uses the fork of its name, so that adding a layer does not change the other initial weights.
 * Ref: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, eq. 16.
 */
export function initializeWeights(graph: Graph, random: Random): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const layer of describeGraph(graph).layers.values()) {
    for (const weight of layer.weights) {
      weights.set(weight.name, {
        shape: weight.shape,
        data: initialValues(weight, random.fork(weight.name)),
      });
    }
  }
  return weights;
}

function initialValues(weight: WeightDescription, random: Random): Float32Array {
  const values = new Float32Array(elementCount(weight.shape));
  switch (weight.initializer) {
    case 'zeros':
      return values;
    case 'ones':
      return values.fill(1);
    case 'glorotUniform': {
      const limit = Math.sqrt(6 / (weight.fanIn + weight.fanOut));
      return values.map(() => (2 * random.uniform() - 1) * limit);
    }
    default:
      return weight.initializer satisfies never;
  }
}
