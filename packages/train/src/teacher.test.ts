import { createModel, type Model } from '@mien/core';
import { createNetwork, type Graph } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createBatchInputs } from './data/batch-inputs.js';
import { createRandom } from './random.js';
import { initializeWeights } from './session/initialize-weights.js';
import { createTeachers } from './teacher.js';
import { tinyDataset, tinyGraph, TINY_LABELS } from './testing/tiny-problem.js';

const dataset = tinyDataset({ Training: 6 });
const ROWS = Uint32Array.of(0, 4, 5);

function tinyModel(
  labels: readonly string[] = TINY_LABELS,
  graph: Graph = tinyGraph(),
  seed = 4,
): Promise<Model> {
  const weights = initializeWeights(graph, createRandom(seed).fork('weights'));
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

/** What the student reads differs from what the teachers read. */
const CONTRACT = { inputShape: [8, 8, 1], inputRange: [-1, 1] } as const;

async function opinions(models: Model | readonly Model[], temperature: number): Promise<Float32Array> {
  const pictures = await createBatchInputs(dataset, CONTRACT, 8);
  const teachers = await createTeachers([models].flat(), {
    dataset,
    temperature,
    batchSize: 8,
    student: { contract: CONTRACT, pictures },
  });
  return teachers.predict((reader) => reader.plain(ROWS), ROWS.length);
}

describe('createTeachers', () => {
  it("equals the model's probabilities at temperature 1, with the model's input range", async () => {
    const model = await tinyModel();
    const network = await createNetwork(model.graph, model.weights);
    const contract = { inputShape: model.graph.inputShape, inputRange: [0, 1] } as const;
    const inputs = (await createBatchInputs(dataset, contract, 8)).plain(ROWS);
    const expected = network.predict(inputs, ROWS.length);
    (await opinions(model, 1)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
  });

  it('softens like the softmax of its logits divided by the temperature', async () => {
    const model = await tinyModel();
    const plain = await opinions(model, 1);
    const softened = await opinions(model, 4);
    for (let row = 0; row < ROWS.length; row++) {
      const exponentials = [0, 1, 2].map((i) => Math.exp(Math.log(plain[row * 3 + i]!) / 4));
      const sum = exponentials.reduce((total, value) => total + value, 0);
      exponentials.forEach((value, i) => expect(softened[row * 3 + i]).toBeCloseTo(value / sum, 6));
    }
  });

  it('orders probabilities by the labels of the data', async () => {
    const plain = await opinions(await tinyModel(), 1);
    const turned = await opinions(await tinyModel([...TINY_LABELS].reverse()), 1);
    for (let row = 0; row < ROWS.length; row++) {
      expect([2, 1, 0].map((i) => turned[row * 3 + i])).toEqual([0, 1, 2].map((i) => plain[row * 3 + i]));
    }
  });

  it('averages several teachers, whatever the order of their labels', async () => {
    const first = await tinyModel();
    const second = await tinyModel([...TINY_LABELS].reverse(), tinyGraph(), 5);
    const [a, b] = [await opinions(first, 1), await opinions(second, 1)];
    expect(a).not.toEqual(b);
    const both = await opinions([first, second], 1);
    both.forEach((value, i) => expect(value).toBeCloseTo((a[i]! + b[i]!) / 2, 6));
  });

  it('shares the inputs of a student with the same input, and draws its own otherwise', async () => {
    const model = await tinyModel();
    const pictures = await createBatchInputs(dataset, CONTRACT, 8);
    const readersOf = async (inputRange: readonly [number, number]) => {
      const contract = { ...CONTRACT, inputRange };
      const teachers = await createTeachers([model, model], {
        ...{ dataset, temperature: 2, batchSize: 8 },
        student: { contract, pictures },
      });
      const readers = new Set<unknown>();
      teachers.predict((reader) => {
        readers.add(reader);
        return reader.plain(ROWS);
      }, ROWS.length);
      return [...readers];
    };
    expect(await readersOf([0, 1])).toEqual([pictures]);
    const others = await readersOf([-1, 1]);
    expect(others).toHaveLength(1);
    expect(others[0]).not.toBe(pictures);
  });

  it('rejects a teacher that does not know the labels', async () => {
    await expect(opinions(await tinyModel(['a', 'b', 'c']), 1)).rejects.toThrow(
      /the teacher checkpoint does not know all labels of the data: flat, columns, rows/,
    );
  });
});
