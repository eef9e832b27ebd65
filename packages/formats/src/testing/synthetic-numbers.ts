import { describeGraph, elementCount, type Graph, type Tensor } from '@mien/core/nn';

/** Numbers in -1…1 from a fixed seed. `Ref:` Numerical Recipes' linear congruential generator. */
export function createUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Weights for every layer of a graph, none of them zero or one; statistics are those of no data set. */
export function makeWeights(graph: Graph, seed = 1): Map<string, Tensor> {
  const uniform = createUniform(seed);
  const weights = new Map<string, Tensor>();
  for (const layer of describeGraph(graph).layers.values()) {
    for (const { name, shape, initializer, fanIn, fanOut } of layer.weights) {
      const limit = Math.sqrt(6 / (fanIn + fanOut));
      const value = {
        glorotUniform: () => uniform() * limit,
        zeros: () => uniform() / 4,
        ones: () => 1 + uniform() / 2,
      };
      weights.set(name, {
        shape,
        data: Float32Array.from({ length: elementCount(shape) }, value[initializer]),
      });
    }
  }
  return weights;
}

/** Pictures `[count, height, width, channels]` as `[count, channels, height, width]`. */
export function toChannelsFirst(
  pixels: Float32Array,
  [height, width, channels]: readonly [number, number, number],
): Float32Array {
  const plane = height * width;
  return pixels.map((_, index) => {
    const picture = Math.floor(index / (plane * channels));
    const inner = index % (plane * channels);
    const channel = Math.floor(inner / plane);
    return pixels[(picture * plane + (inner % plane)) * channels + channel] ?? 0;
  });
}
