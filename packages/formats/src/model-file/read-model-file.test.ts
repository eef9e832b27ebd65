import { createNetwork, describeGraph, elementCount, miniXception, type Tensor } from '@mien/core/nn';
import { toOnnx } from '@mien/formats';
import { createRandom } from '@mien/train';
import { describe, expect, it } from 'vitest';
import { readModelFile } from './read-model-file.js';

const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];

describe('readModelFile', () => {
  const graph = miniXception();
  const random = createRandom(3);
  const weights = new Map<string, Tensor>(
    [...describeGraph(graph).layers.values()]
      .flatMap((layer) => layer.weights)
      .map(({ name, shape }) => [
        name,
        {
          shape,
          data: Float32Array.from({ length: elementCount(shape) }, () => 0.05 + random.uniform() / 4),
        },
      ]),
  );

  it('reads an ONNX file that says what its outputs mean, to the same probabilities', async () => {
    const bytes = toOnnx({ graph, weights, labels: LABELS, inputRange: [-1, 1] });
    const model = await readModelFile({ path: 'runs/mine.onnx', bytes, manifest: undefined, contract: {} });
    expect(model.labels).toEqual(LABELS);
    expect(model.manifest).toMatchObject({
      id: 'mine',
      input: { width: 48, height: 48, channels: 1, range: [-1, 1] },
    });
    const picture = Float32Array.from({ length: 48 * 48 }, (_, i) => Math.sin(i / 9));
    const expected = (await createNetwork(graph, weights)).predict(picture, 1);
    const actual = (await createNetwork(model.graph, model.weights)).predict(picture, 1);
    for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
  });

  it.each(['.onnx', '.tflite'])('names a %s file that is none', async (extension) => {
    const path = `broken${extension}`;
    const file = { path, bytes: Uint8Array.of(1, 2, 3, 4), manifest: undefined, contract: {} };
    await expect(readModelFile(file)).rejects.toThrow(new RegExp(`^${path.replace('.', '\\.')}: `));
  });
});
