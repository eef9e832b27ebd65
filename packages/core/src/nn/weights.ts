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

/** Looked for one by one: the runtime's own search is fast at once, where a loop of ours has to warm up for 20 ms. */
const NOT_FINITE = [NaN, Infinity, -Infinity];

/**
 * Checks that every weight of a graph is there, of the right shape and finite. Further tensors are ignored.
 *
 * @throws MienError `MODEL_INVALID` that names the first weight that is not.
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
