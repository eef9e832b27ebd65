import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, MienError, type Model } from '@mien/core';
import { createNetwork, residualNetwork, type Graph } from '@mien/core/nn';
import { parseKerasHdf5 } from '@mien/formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAPER_AUGMENTATION, ROBUST_AUGMENTATION } from './augment/augmentation.js';
import { initializeWeights } from './session/initialize-weights.js';
import { tinyDataset, tinyGraph, TINY_LABELS } from './testing/tiny-problem.js';
import { readCheckpoint } from './node/read-checkpoint.js';
import type { EpochSummary } from './training-state.js';
import { evaluateModel } from './evaluate-model.js';
import { parseRecipe } from './recipe/parse-recipe.js';
import { PRESETS } from './recipe/presets.js';
import type { Recipe } from './recipe/recipe.js';
import type { CountedProgress } from './progress.js';
import { createRandom } from './random.js';
import type { Dataset } from './data/dataset.js';
import { createRunFolder } from './node/run-folder.js';
import { checkpointName } from './run-store.js';
import { bestEpoch } from './stopping.js';
import type { BatchProgress, TrainEvents, TrainResult } from './train-events.js';
import type { TrainOptions } from './train-options.js';
import { trainModel } from './trainer.js';

const dataset = tinyDataset({ Training: 45, PublicTest: 12 });
const graph = tinyGraph();
const RECIPE: Recipe = {
  ...PRESETS.paper,
  batchSize: 8,
  epochs: 4,
  learningRate: 0.02,
  augmentation: { ...PAPER_AUGMENTATION, rotationDeg: 5, shift: 0.05, zoom: 0.05 },
  validation: { split: 'PublicTest' },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-trainer-'));
});
afterEach(() => rm(folder, { recursive: true }));

const train = (
  name: string,
  options: Partial<TrainOptions> = {},
  events: TrainEvents = {},
): Promise<TrainResult> =>
  trainModel(
    { dataset, graph, recipe: RECIPE, store: createRunFolder(join(folder, name)), threads: 1, ...options },
    events,
  );

const SGD = { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 } as const;

/** An untrained model. */
function tinyTeacher(seed = 1): Promise<Model> {
  const weights = initializeWeights(graph, createRandom(seed).fork('teacher'));
  return createModel({
    manifest: undefined,
    bytes: Uint8Array.of(seed),
    graph,
    weights,
    labels: TINY_LABELS,
    inputRange: [0, 1],
    source: 'tiny',
  });
}

/** The result of a run without timings. */
async function outcome({ lastPath, history }: TrainResult) {
  const { weights, training } = await readCheckpoint(lastPath);
  const { optimizerTensors, optimizerStep, trainedWeights } = training;
  const withoutTime = history.map((epoch) => ({ ...epoch, seconds: 0 }));
  return { weights, optimizerTensors, optimizerStep, trainedWeights, history: withoutTime };
}

describe('trainModel', () => {
  it('overfits a tiny problem', async () => {
    const recipe = { ...RECIPE, epochs: 30, augmentation: null };
    const { history, best, reason } = await train('a', { recipe });
    expect(reason).toBe('finished');
    expect(history.at(-1)?.accuracy).toBe(1);
    expect(history.at(-1)?.loss).toBeLessThan(0.1);
    expect(best?.summary.valAccuracy).toBe(1);
  });

  it('repeats bit for bit with a seed, and differs with another one', async () => {
    const first = await outcome(await train('a'));
    expect(await outcome(await train('b'))).toEqual(first);
    const other = await outcome(await train('c', { recipe: { ...RECIPE, seed: 2 } }));
    expect(other.weights).not.toEqual(first.weights);
  });

  it('writes a log, a checkpoint of each best epoch so far, and the last state', async () => {
    const { history, best } = await train('a');
    const bests = history.filter((epoch, i) =>
      history.slice(0, i).every(({ valLoss }) => epoch.valLoss < valLoss),
    );
    const names = bests.map((epoch) => checkpointName(graph, epoch));
    expect((await readdir(join(folder, 'a'))).sort()).toEqual([...names, 'last.hdf5', 'log.csv'].sort());
    expect(best?.path).toBe(join(folder, 'a', names.at(-1) ?? ''));

    const lines = (await readFile(join(folder, 'a', 'log.csv'), 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds');
    expect(lines.slice(1).map((line) => line.split(',').slice(0, 6).map(Number))).toEqual(
      history.map((e) => [e.epoch, e.loss, e.accuracy, e.valLoss, e.valAccuracy, e.learningRate]),
    );
  });

  it.each([0, 0.9])('saves the model that it validated (moving average %d)', async (emaDecay) => {
    const { best } = await train('a', { recipe: { ...RECIPE, emaDecay } });
    if (best === undefined) throw new Error('no epoch was the best');
    const bytes = await readFile(best.path);
    const imported = await parseKerasHdf5(bytes, best.path);
    const model = await createModel({ ...imported, manifest: undefined, bytes, source: best.path });
    const told: CountedProgress[] = [];
    const { accuracy, nll, count } = await evaluateModel({
      model,
      dataset,
      split: 'PublicTest',
      onProgress: (progress) => told.push(progress),
    });
    expect(told.at(-1)).toEqual({ done: count, total: count });
    expect({ accuracy, nll }).toEqual({ accuracy: best.summary.valAccuracy, nll: best.summary.valLoss });
    await createNetwork(model.graph, model.weights);
  });

  describe.each([0, 0.9])('interrupted (moving average %d)', (emaDecay) => {
    const recipe: Recipe = { ...RECIPE, emaDecay, schedule: 'cosine', warmupEpochs: 1, labelSmoothing: 0.1 };

    /** Stops after the given number of updates, counted over all epochs. */
    async function interruptAfter(updates: number, options: Partial<TrainOptions>): Promise<TrainResult> {
      const stop = new AbortController();
      let count = 0;
      return train(
        'stopped',
        { recipe, signal: stop.signal, ...options },
        {
          onBatch: () => {
            if (++count === updates) stop.abort();
          },
        },
      );
    }

    // 45 pictures in batches of 8 are 6 updates an epoch: in the middle of one, at its last update, and twice.
    it.each([[[8]], [[6]], [[3, 10]]])(
      'after %j updates and resumed, it equals a run that never stopped',
      async (stops) => {
        const expected = await outcome(await train('through', { recipe }));
        let state: Partial<TrainOptions> = {};
        for (const updates of stops) {
          const result = await interruptAfter(updates, state);
          expect(result.reason).toBe('aborted');
          state = { resume: await readCheckpoint(result.lastPath) };
        }
        const resumed = await train('stopped', { recipe, ...state });
        expect(resumed.reason).toBe('finished');
        expect(await outcome(resumed)).toEqual(expected);
        const logs = await Promise.all(
          ['through', 'stopped'].map(async (name) =>
            (await readFile(join(folder, name, 'log.csv'), 'utf8')).replace(/,[^,\n]*$/gm, ''),
          ),
        );
        expect(logs[0]).toBe(logs[1]);
      },
    );
  });

  it('stops out of patience, also when resumed', async () => {
    // A rate of 0 changes nothing but the moving statistics: the best epoch comes, and none after it is better.
    const recipe = { ...RECIPE, learningRate: 0, epochs: 60, patience: 3, monitor: 'val_accuracy' } as const;
    const result = await train('a', { recipe });
    expect(result.reason).toBe('patience');
    const best = bestEpoch(result.history, 'val_accuracy')?.epoch ?? NaN;
    expect(result.history.length).toBe(best + 3);
    const resume = await readCheckpoint(result.lastPath);
    expect((await train('a', { recipe, resume })).reason).toBe('patience');
  });

  it('extends a run by more epochs, with the result of a run that had them from the start', async () => {
    const expected = await outcome(await train('through'));
    const short = await train('short', { recipe: { ...RECIPE, epochs: 2 } });
    expect(short.reason).toBe('finished');
    const resume = await readCheckpoint(short.lastPath);
    expect(await outcome(await train('short', { resume }))).toEqual(expected);
    const fewer = { ...RECIPE, epochs: 1 };
    await expect(train('short', { resume, recipe: fewer })).rejects.toThrow(
      /has 2 epochs already, more than 1/,
    );
  });

  it('rejects resuming with other data, another network or another recipe', async () => {
    const resume = await readCheckpoint((await train('a', { recipe: { ...RECIPE, epochs: 1 } })).lastPath);
    const recipe = resume.training.recipe;
    const refusal = (options: Partial<TrainOptions>) => train('a', { resume, recipe, ...options });
    const otherData = tinyDataset({ Training: 45, PublicTest: 12 }, 2);
    await expect(refusal({ dataset: otherData })).rejects.toThrow(/run with other data/);
    await expect(refusal({ graph: { ...graph, name: 'x' } })).rejects.toThrow(/run with another network/);
    await expect(refusal({ recipe: { ...recipe, seed: 5 } })).rejects.toThrow(/run with another recipe/);
  });

  it('reports where a run diverged', async () => {
    const recipe = { ...RECIPE, learningRate: 1e30 };
    const error: unknown = await train('a', { recipe }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(MienError);
    expect(error).toMatchObject({ code: 'DIVERGED' });
    expect((error as Error).message).toMatch(/epoch 1, batch \d/);
  });

  it('reports consistent progress', async () => {
    const seen: BatchProgress[] = [];
    const epochs: EpochSummary[] = [];
    await train(
      'a',
      {},
      { onBatch: (progress) => seen.push(progress), onEpoch: (epoch) => epochs.push(epoch) },
    );
    expect(seen.map(({ epoch, batch }) => [epoch, batch])).toEqual(
      [1, 2, 3, 4].flatMap((epoch) => [1, 2, 3, 4, 5, 6].map((batch) => [epoch, batch])),
    );
    expect(
      seen.filter(({ batch, batches }) => batch === batches).map(({ loss, accuracy }) => [loss, accuracy]),
    ).toEqual(epochs.map(({ loss, accuracy }) => [loss, accuracy]));
    expect(seen.at(-1)?.secondsLeft).toBe(0);
  });

  it('reports a folder that cannot be created', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(
      trainModel({ dataset, graph, recipe: RECIPE, store: createRunFolder(join(file, 'sub')) }),
    ).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
  });
});

describe('with all options of a recipe', () => {
  const soft: Dataset = {
    ...dataset,
    softLabels: Float32Array.from({ length: dataset.count * TINY_LABELS.length }, (_, i) =>
      dataset.labels[Math.floor(i / 3)] === i % 3 ? 0.8 : 0.1,
    ),
  };
  const everything: Recipe = {
    ...RECIPE,
    epochs: 5,
    schedule: 'cosine',
    warmupEpochs: 0.5,
    reduceLearningRate: { factor: 0.5, patience: 1, minLearningRate: 1e-4 },
    labelSmoothing: 0.1,
    classWeights: 'balanced',
    distillation: { teacher: ['tiny'], temperature: 2, weight: 0.3 },
    mixup: { alpha: 0.4 },
    emaDecay: 0.9,
    augmentation: ROBUST_AUGMENTATION,
  };
  const RUNS: readonly (readonly [string, Partial<Recipe>, Graph])[] = [
    ['SGD', { optimizer: { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 } }, graph],
    [
      'AdamW and dropout, for a network that reads colour',
      { optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.99, epsilon: 1e-7, weightDecay: 0.01 } },
      residualNetwork({
        inputShape: [graph.inputShape[0], graph.inputShape[1], 3],
        classes: TINY_LABELS.length,
        widths: [4, 8],
        blocksPerStage: 1,
        dropout: 0.3,
      }),
    ],
  ];

  describe.each(RUNS)('by %s', (_, changes, network) => {
    const recipe = { ...everything, ...changes };
    const run = async (name: string, options: Partial<TrainOptions> = {}, events: TrainEvents = {}) =>
      train(
        name,
        { dataset: soft, graph: network, recipe, teachers: [await tinyTeacher()], ...options },
        events,
      );

    it('resumes from an interruption and from a checkpoint of a better epoch to the same bits', async () => {
      const through = await run('through');
      const expected = await outcome(through);
      expect(expected.history.at(-1)?.loss).not.toBe(expected.history[0]?.loss);

      const stop = new AbortController();
      let updates = 0;
      const stopped = await run(
        'stopped',
        { signal: stop.signal },
        {
          onBatch: () => {
            if (++updates === 15) stop.abort();
          },
        },
      );
      expect(stopped.reason).toBe('aborted');
      const resumed = await run('stopped', { resume: await readCheckpoint(stopped.lastPath) });
      expect(await outcome(resumed)).toEqual(expected);
      expect(resumed.best?.metrics).toEqual(through.best?.metrics);

      const first = join(folder, 'through', checkpointName(network, through.history[0]!));
      expect(await outcome(await run('again', { resume: await readCheckpoint(first) }))).toEqual(expected);
    });

    it('is finished when it is interrupted after its last epoch', async () => {
      const stop = new AbortController();
      const result = await run(
        'late',
        { signal: stop.signal },
        {
          onEpoch: ({ epoch }) => {
            if (epoch === recipe.epochs) stop.abort();
          },
        },
      );
      expect(result.reason).toBe('finished');
      expect(result.history).toHaveLength(recipe.epochs);
    });

    it('reduces the learning rate on a plateau', async () => {
      const changed = {
        ...recipe,
        schedule: 'constant',
        learningRate: 1e-3,
        monitor: 'val_accuracy',
        augmentation: RECIPE.augmentation, // with more, it improves for as long as it runs
      } as const;
      const { history } = await run('a', { recipe: changed });
      const improved = history.map(({ valAccuracy }, i) =>
        history.slice(0, i).every((earlier) => valAccuracy > earlier.valAccuracy + 1e-4),
      );
      const waits = improved.map((_, i) => improved.slice(0, i).filter((better) => !better).length);
      expect(waits.at(-1)).toBeGreaterThan(0);
      expect(history.map(({ learningRate }) => learningRate)).toEqual(
        waits.map((wait) => Math.max(1e-4, 1e-3 * 0.5 ** wait)),
      );
    });
  });

  it('rejects resuming without its teacher or with another one', async () => {
    const options = { dataset: soft, recipe: { ...everything, epochs: 1, warmupEpochs: 0 } };
    const { lastPath } = await train('a', { ...options, teachers: [await tinyTeacher()] });
    const resume = await readCheckpoint(lastPath);
    await expect(train('a', { ...options, resume })).rejects.toThrow(/learns from tiny; give this model/);
    await expect(train('a', { ...options, resume, teachers: [await tinyTeacher(2)] })).rejects.toThrow(
      /run with other teachers/,
    );
  });

  it('stops at the first loss that is not finite, and keeps the last checkpoint', async () => {
    const recipe = { ...RECIPE, augmentation: null };
    const broken = { ...soft, softLabels: soft.softLabels?.slice() ?? new Float32Array() };
    const path = join(folder, 'a', 'last.hdf5');
    let good: Buffer | undefined;
    const error: unknown = await train(
      'a',
      { dataset: broken, recipe },
      {
        onCheckpoint: (_, kind) => {
          if (kind === 'last') {
            good = readFileSync(path);
            broken.softLabels.fill(NaN);
          }
        },
      },
    ).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      code: 'DIVERGED',
      message: expect.stringMatching(
        /^training: the loss became NaN in epoch 2, batch 1; lower the learning rate/,
      ) as string,
    });
    expect(await readFile(path)).toEqual(good);
    const resume = await readCheckpoint(path);
    expect(resume.training.progress.epoch).toBe(2);
    expect((await train('a', { dataset: soft, recipe, resume })).reason).toBe('finished');
  });

  it('does not save weights that an update broke before the loss shows it', async () => {
    const recipe = { ...RECIPE, batchSize: 64, learningRate: 10, optimizer: SGD };
    const weights = initializeWeights(graph, createRandom(1).fork('weights'));
    const large = new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: data.map((value) => value * 3e37) }])); // prettier-ignore
    await expect(train('a', { recipe, weights: large })).rejects.toMatchObject({ code: 'DIVERGED' });
    expect(await readdir(join(folder, 'a'))).toEqual([]);
  });
});

describe('a given network', () => {
  it('is trained from its weights, with the order of its labels', async () => {
    const labels = [...TINY_LABELS].reverse();
    const recipe = { ...RECIPE, epochs: 1, learningRate: 0, emaDecay: 0 };
    const weights = initializeWeights(graph, createRandom(9).fork('weights'));
    const result = await train('a', { recipe, weights, labels });
    const { weights: trained, labels: saved } = await readCheckpoint(result.lastPath);
    expect(saved).toEqual(labels);
    expect(trained.get('conv2d_1/kernel')).toEqual(weights.get('conv2d_1/kernel'));
    expect(result.labels).toEqual(labels);
    expect(result.counts).toEqual({ training: [15, 15, 15], validation: [4, 4, 4] });

    const own = await train('b', { recipe, weights });
    expect(result.history[0]?.valLoss).not.toBe(own.history[0]?.valLoss);
  });

  it('is rejected when it does not match the data', async () => {
    await expect(train('a', { labels: ['happy', 'sad', 'flat'] })).rejects.toThrow(
      /the network tiny_XCEPTION does not know all labels of the data: columns, rows/,
    );
    const four = residualNetwork({
      inputShape: graph.inputShape,
      classes: 4,
      widths: [4],
      blocksPerStage: 1,
    });
    await expect(train('a', { graph: four })).rejects.toMatchObject({
      code: 'USAGE',
      message:
        'train: the network residual has 4 outputs and the data 3 labels (flat, columns, rows); choose a network or data that fits',
    });
    await expect(readdir(join(folder, 'a'))).rejects.toThrow(/ENOENT/);
  });
});

it('returns the same result after resuming', async () => {
  const ended: TrainResult[] = [];
  const result = await train('a', {}, { onEnd: (end) => ended.push(end) });
  expect(ended).toEqual([result]);
  expect(result).toMatchObject({ recipe: RECIPE, labels: TINY_LABELS });
  const { metrics, summary, path } = result.best ?? { path: '' };
  expect(metrics).toMatchObject({ accuracy: summary?.valAccuracy, nll: summary?.valLoss, count: 12 });
  expect(metrics?.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(12);

  const resumed = await train('a', { resume: await readCheckpoint(path) });
  expect(resumed.best?.metrics).toEqual(metrics);
});

it('removes partial files of a killed process', async () => {
  await mkdir(join(folder, 'a'));
  await writeFile(join(folder, 'a', 'last.hdf5.123.partial'), 'x');
  await train('a', { recipe: { ...RECIPE, epochs: 1 } });
  expect(await readdir(join(folder, 'a'))).not.toContainEqual(expect.stringContaining('.partial'));
});

it('trains with every preset', async () => {
  for (const preset of Object.values(PRESETS)) {
    const recipe = parseRecipe({ ...preset, epochs: 2, warmupEpochs: 0 }, 'test');
    const { history } = await train(preset.preset, { recipe });
    expect(history.length).toBe(2);
  }
});
