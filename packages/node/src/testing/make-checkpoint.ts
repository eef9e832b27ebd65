import { toModelFile } from '@mien/core';
import { describeGraph, elementCount, miniXception, type Tensor } from '@mien/core/nn';

export const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const;

/**
 * A checkpoint of the paper's network that has learnt nothing: initial weights from a seed. For tests of what
 * happens around a network; what it says of a face means nothing, and is the same every time.
 */
export function makeCheckpoint(labels: readonly string[] = LABELS, seed = 1): Uint8Array {
  const graph = miniXception();
  const weights = new Map<string, Tensor>();
  let state = seed;
  const uniform = () => {
    // Ref: Numerical Recipes' linear congruential generator; any spread of values does.
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
  return toModelFile({ graph, weights, labels, inputRange: [-1, 1] });
}
