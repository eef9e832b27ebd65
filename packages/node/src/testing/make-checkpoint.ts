import { toModelFile } from '@mien/core';
import {
  describeGraph,
  elementCount,
  miniXception,
  type Graph,
  type Tensor,
  type Weights,
} from '@mien/core/nn';

export const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const;

/**
 * An untrained checkpoint of the paper's network: initial weights from a fixed seed. For tests of everything around a
 * network; its readings are meaningless, but always the same.
 */
export function makeCheckpoint(labels: readonly string[] = LABELS, seed = 1): Uint8Array {
  const graph = miniXception();
  return toModelFile({ graph, weights: makeWeights(graph, seed), labels, inputRange: [-1, 1] });
}

/** Initial weights of any network, from a fixed seed. */
export function makeWeights(graph: Graph, seed = 1): Weights {
  const weights = new Map<string, Tensor>();
  let state = seed;
  const uniform = () => {
    // Ref: Numerical Recipes' linear congruential generator; any distribution will do.
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  for (const layer of describeGraph(graph).layers.values()) {
    for (const { name, shape, initializer, fanIn, fanOut } of layer.weights) {
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      const values = { glorotUniform: () => uniform() * limit, zeros: () => 0, ones: () => 1 };
      weights.set(name, {
        shape,
        data: Float32Array.from({ length: elementCount(shape) }, values[initializer]),
      });
    }
  }
  return weights;
}
