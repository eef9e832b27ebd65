import { createModel, type Model } from '@mien/core';
import { createNetwork, type Graph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createBatchInputs } from './data/batch-inputs.js';
import { createRandom } from './random.js';
import { initializeWeights } from './session/initialize-weights.js';
import { createTeacher } from './teacher.js';
import { tinyDataset, tinyGraph, TINY_LABELS } from './testing/tiny-problem.js';

const dataset = tinyDataset({ Training: 6 });
const ROWS = Uint32Array.of(0, 4, 5);

function tinyModel(labels: readonly string[] = TINY_LABELS, graph: Graph = tinyGraph()): Promise<Model> {
  const weights = initializeWeights(graph, createRandom(4).fork('weights'));
  const bytes = new Uint8Array(1);
  return createModel({
    manifest: undefined,
    bytes,
    graph,
    weights,
    labels,
    inputRange: [0, 1],
    source: 'tiny',
  });
}

async function opinions(model: Model, temperature: number): Promise<Float32Array> {
  const teacher = await createTeacher(model, dataset, temperature, 8);
  return teacher.teach(teacher.pictures.plain(ROWS), ROWS.length);
}

describe('createTeacher', () => {
  it("says the model's own probabilities at temperature 1, read in the model's own range", async () => {
    const model = await tinyModel();
    const network = await createNetwork(model.graph, model.weights);
    const contract = { inputShape: model.graph.inputShape, inputRange: [0, 1] } as const;
    const inputs = (await createBatchInputs(dataset, contract, 8)).plain(ROWS);
    const expected = network.predict(inputs, ROWS.length);
    (await opinions(model, 1)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });

  it('is softened as the softmax of its logits over the temperature', async () => {
    const model = await tinyModel();
    const plain = await opinions(model, 1);
    const softened = await opinions(model, 4);
    for (let row = 0; row < ROWS.length; row++) {
      const exponentials = [0, 1, 2].map((i) => Math.exp(Math.log(plain[row * 3 + i]!) / 4));
      const sum = exponentials.reduce((total, value) => total + value, 0);
      exponentials.forEach((value, i) => expect(softened[row * 3 + i]).toBeCloseTo(value / sum, 6));
    }
  });

  it('speaks in the labels of the data, whatever their order', async () => {
    const plain = await opinions(await tinyModel(), 1);
    const turned = await opinions(await tinyModel([...TINY_LABELS].reverse()), 1);
    for (let row = 0; row < ROWS.length; row++) {
      expect([2, 1, 0].map((i) => turned[row * 3 + i])).toEqual([0, 1, 2].map((i) => plain[row * 3 + i]));
    }
  });

  it('is refused where it does not know the labels', async () => {
    await expect(createTeacher(await tinyModel(['a', 'b', 'c']), dataset, 1, 8)).rejects.toThrow(
      /the teacher checkpoint does not know all labels of the data: flat, columns, rows/,
    );
  });
});
