import { MienError } from '../errors.js';
import { describeGraph } from './describe-graph.js';
import type { Graph, Shape } from './graph.js';
import type { Tensor, Weights } from './tensor.js';

/**
 * Looks up a weight and checks its shape.
 *
 * @throws MienError `MODEL_INVALID` if it is missing or has another shape
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

/** Uses built-in searches: they are fast at once, while a loop takes 20 ms until it is compiled. */
const NOT_FINITE = [NaN, Infinity, -Infinity];

/**
 * Checks that all weights of a graph exist, have the right shape and are finite. Ignores further tensors.
 *
 * @throws MienError `MODEL_INVALID`; its message names the first invalid weight
 */
export function checkWeights(graph: Graph, weights: Weights): void {
  for (const layer of describeGraph(graph).layers.values()) {
    for (const { name, shape } of layer.weights) {
      const { data } = requireWeight(weights, name, shape);
      if (NOT_FINITE.some((value) => data.includes(value))) {
        const at = data.findIndex((value) => !Number.isFinite(value));
        throw new MienError('MODEL_INVALID', `weights: ${name} holds a value that is no number, at ${at}`);
      }
    }
  }
}
