import { describeGraph, type Weights } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { loadLastCheckpoint, createMemoryStore } from './run-store.js';
import { parseRecipe } from './recipe/parse-recipe.js';
import { splitAtLastLayer } from './last-layer.js';
import { createRandom } from './random.js';
import { initializeWeights } from './session/initialize-weights.js';
import { tinyDataset, tinyGraph } from './testing/tiny-problem.js';
import { parseCheckpoint, toCheckpointFile } from './checkpoint.js';
import { trainModel } from './trainer.js';

const dataset = tinyDataset({ Training: 45, PublicTest: 12 });
const graph = tinyGraph();
const weights = initializeWeights(graph, createRandom(3).fork('weights'));
const frozen = [...describeGraph(splitAtLastLayer(graph).body).layers.values()].flatMap((layer) =>
  layer.weights.map(({ name }) => name),
);
const RECIPE = {
  network: { kind: 'file', path: 'tiny.hdf5', trainable: 'lastLayer' },
  batchSize: 8,
  epochs: 4,
  learningRate: 0.05,
  validation: { split: 'PublicTest' },
};

const bitsOf = (of: Weights, name: string) => {
  const { data } = of.get(name)!;
  return [...new Int32Array(data.buffer, data.byteOffset, data.length)];
};

describe('training the last layer only', () => {
  it.each([
    ['with plain weights', {}],
    ['with averaged weights', { emaDecay: 0.9 }],
    ['with SGD', { optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 0.01 } }],
  ])(
    'learns, and leaves every other weight and moving statistic bit for bit as it was, %s',
    async (_, changes) => {
      const store = createMemoryStore();
      const recipe = parseRecipe({ ...RECIPE, ...changes }, 'test');
      const { history } = await trainModel({ dataset, graph, weights, recipe, store, threads: 1 });
      expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss);
      const last = await loadLastCheckpoint(store);
      expect(frozen.some((name) => name.endsWith('moving_mean'))).toBe(true);
      for (const name of frozen) expect(bitsOf(last!.weights, name), name).toEqual(bitsOf(weights, name));
      const others = [...last!.weights.keys()].filter((name) => !frozen.includes(name));
      expect(others.length).toBeGreaterThan(0);
      for (const name of others) expect(bitsOf(last!.weights, name), name).not.toEqual(bitsOf(weights, name));
    },
  );

  it('gives the same bits when it is interrupted, written to a Keras file and resumed, and on two threads', async () => {
    const recipe = parseRecipe({ ...RECIPE, emaDecay: 0.9 }, 'test');
    const whole = createMemoryStore();
    await trainModel({ dataset, graph, weights, recipe, store: whole, threads: 2 });
    const stopping = new AbortController();
    const store = createMemoryStore();
    const { lastPath } = await trainModel(
      { dataset, graph, weights, recipe, store, threads: 1, signal: stopping.signal },
      { onBatch: ({ epoch, batch }) => epoch === 2 && batch === 3 && stopping.abort() },
    );
    const file = await toCheckpointFile(lastPath, (await store.loadCheckpoint(lastPath))!);
    const resume = await parseCheckpoint(file, lastPath);
    await trainModel({ dataset, graph, recipe, store, threads: 1, resume });
    const [expected, resumed] = [await loadLastCheckpoint(whole), await loadLastCheckpoint(store)];
    expect(resumed!.weights).toEqual(expected!.weights);
    expect(resumed!.training.trainedWeights).toEqual(expected!.training.trainedWeights);
  });

  it('advises a new last layer where the labels of the data are others', async () => {
    const others = { ...dataset, labelNames: ['a', 'b', 'c'] };
    const run = trainModel({
      dataset: others,
      graph,
      weights,
      labels: dataset.labelNames,
      recipe: parseRecipe(RECIPE, 'test'),
      store: createMemoryStore(),
    });
    await expect(run).rejects.toThrow(/set lastLayer of the network to "replace" in the recipe$/);
  });
});
