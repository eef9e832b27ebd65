import type { Graph, Tensor } from '@mien/core/nn';

/** Pictures of seven easily separable classes: stripes of seven widths, equal in all channels. */
export function stripes(graph: Graph, count: number): { inputs: Float32Array; targets: Float32Array } {
  const [height, width, channels] = graph.inputShape;
  const inputs = new Float32Array(count * height * width * channels);
  const targets = new Float32Array(count * 7);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = ((i * height + y) * width + x) * channels;
        inputs.fill(Math.sin((x * (1 + (i % 7)) + y * (i % 3)) * 0.2), at, at + channels);
      }
    }
    targets[i * 7 + (i % 7)] = 1;
  }
  return { inputs, targets };
}

/** Tensors in a form for bitwise comparison. */
export const bits = (tensors: ReadonlyMap<string, Tensor>) =>
  [...tensors].map(([name, { data }]) => [name, Buffer.from(data.buffer).toString('base64')]);
