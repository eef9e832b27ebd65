import { MienError } from '../errors.js';
import { describeGraph } from './describe-graph.js';
import type { Graph, Shape } from './graph.js';
import type { Tensor, Weights } from './tensor.js';

/**
 * Looks up a weight and checks its shape.
 *
 * @throws MienError `MODEL_INVALID` when it is missing or of another shape.
 */
export function requireWeight(weights: Weights, name: string, shape: Shape): Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new MienError('MODEL_INVALID', `weights: ${name} is missing`);
  if (tensor.shape.join() !== shape.join()) {
    throw new MienError(
      'MODEL_INVALID',
      `weights: ${name} must be [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`,
    );
  }
  return tensor;
}

/**
 * Checks that every weight of a graph is there, of the right shape and finite. Further tensors are ignored.
 *
 * @throws MienError `MODEL_INVALID` that names the first weight that is not.
 */
export function checkWeights(graph: Graph, weights: Weights): void {
  for (const layer of describeGraph(graph).layers.values()) {
    for (const { name, shape } of layer.weights) {
      const { data } = requireWeight(weights, name, shape);
      // A plain loop: in a program that has just started, a callback for every weight took longer than the network.
      for (let at = 0; at < data.length; at++) {
        if (!Number.isFinite(data[at])) {
          throw new MienError('MODEL_INVALID', `weights: ${name} holds a value that is no number, at ${at}`);
        }
      }
    }
  }
}
