import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, MienError } from '@mien/core';
import { createNetwork } from '@mien/core/nn';
import { parseKerasHdf5 } from '@mien/formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAPER_AUGMENTATION } from './augment/augmentation.js';
import { tinyDataset, tinyGraph } from './testing/tiny-problem.js';
import { readCheckpoint, type EpochSummary } from './checkpoint.js';
import { chooseRows } from './choose-rows.js';
import { evaluateModel } from './evaluate-model.js';
import { parseRecipe } from './recipe/parse-recipe.js';
import { PRESETS } from './recipe/presets.js';
import type { Recipe } from './recipe/recipe.js';
import { checkpointName } from './run-folder.js';
import { bestEpoch } from './stopping.js';
import type { BatchProgress, TrainEvents, TrainResult } from './train-events.js';
import { trainModel, type TrainOptions } from './trainer.js';

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
    { dataset, graph, recipe: RECIPE, outputDir: join(folder, name), threads: 1, ...options },
    events,
  );

/** Everything of a run but the seconds it took. */
async function outcome({ lastPath, history }: TrainResult) {
  const { weights, training } = await readCheckpoint(lastPath);
  const { optimizerTensors, optimizerStep, trainedWeights } = training;
  const withoutTime = history.map((epoch) => ({ ...epoch, seconds: 0 }));
  return { weights, optimizerTensors, optimizerStep, trainedWeights, history: withoutTime };
}

describe('trainModel', () => {
  it('learns a tiny problem by heart', async () => {
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

  it('leaves a log, a checkpoint for every epoch that is the best so far, and the last state', async () => {
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
    const { accuracy, nll } = await evaluateModel({ model, dataset, split: 'PublicTest' });
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

  it('stops when patience is at its end, and says so again when resumed', async () => {
    // A rate of 0 changes nothing but the moving statistics: the best epoch comes, and none after it is better.
    const recipe = { ...RECIPE, learningRate: 0, epochs: 60, patience: 3, monitor: 'val_accuracy' } as const;
    const result = await train('a', { recipe });
    expect(result.reason).toBe('patience');
    const best = bestEpoch(result.history, 'val_accuracy')?.epoch ?? NaN;
    expect(result.history.length).toBe(best + 3);
    const resume = await readCheckpoint(result.lastPath);
    expect((await train('a', { recipe, resume })).reason).toBe('patience');
  });

  it('refuses to resume with other data, another network or another recipe', async () => {
    const resume = await readCheckpoint((await train('a', { recipe: { ...RECIPE, epochs: 1 } })).lastPath);
    const recipe = resume.training.recipe;
    const refusal = (options: Partial<TrainOptions>) => train('a', { resume, recipe, ...options });
    const otherData = tinyDataset({ Training: 45, PublicTest: 12 }, 2);
    await expect(refusal({ dataset: otherData })).rejects.toThrow(/run with other data/);
    await expect(refusal({ graph: { ...graph, name: 'x' } })).rejects.toThrow(/run with another network/);
    await expect(refusal({ recipe: { ...recipe, seed: 5 } })).rejects.toThrow(/run with another recipe/);
  });

  it('says where a run diverged', async () => {
    const recipe = { ...RECIPE, learningRate: 1e30 };
    const error: unknown = await train('a', { recipe }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(MienError);
    expect(error).toMatchObject({ code: 'DIVERGED' });
    expect((error as Error).message).toMatch(/epoch 1, batch \d/);
  });

  it('reports progress that adds up', async () => {
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

  it('names a folder that cannot be made', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(
      trainModel({ dataset, graph, recipe: RECIPE, outputDir: join(file, 'sub') }),
    ).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
  });
});

describe('chooseRows', () => {
  const many = tinyDataset({ Training: 28_709, PublicTest: 3 });

  it("takes the last 20 % of Training in the order of the file, as Keras' validation_split", () => {
    const { trainRows, validationRows } = chooseRows(many, { fraction: 0.2 });
    expect([trainRows.length, validationRows.length]).toEqual([22_967, 5742]);
    expect([trainRows[0], trainRows.at(-1), validationRows[0], validationRows.at(-1)]).toEqual([0, 22_966, 22_967, 28_708]); // prettier-ignore
  });

  it('takes another split whole', () => {
    const { trainRows, validationRows } = chooseRows(many, { split: 'PublicTest' });
    expect([trainRows.length, [...validationRows]]).toEqual([28_709, [28_709, 28_710, 28_711]]);
  });

  it('refuses data without rows for either', () => {
    expect(() => chooseRows(many, { split: 'PrivateTest' })).toThrow(/no rows of the split PrivateTest/);
    const none = tinyDataset({ PublicTest: 3 });
    expect(() => chooseRows(none, { split: 'PublicTest' })).toThrow(/no rows of the split Training/);
  });
});

describe('checkpointName', () => {
  it("follows the paper's pattern", () => {
    const epoch = { epoch: 7, valAccuracy: 0.6549 } as EpochSummary;
    expect(checkpointName({ ...graph, name: 'mini_XCEPTION' }, epoch)).toBe('_mini_XCEPTION.07-0.65.hdf5');
    expect(checkpointName(graph, { ...epoch, epoch: 102 })).toBe('_tiny_XCEPTION.102-0.65.hdf5');
  });
});

it('every preset can be trained with', async () => {
  for (const preset of Object.values(PRESETS)) {
    const recipe = parseRecipe({ ...preset, epochs: 2, warmupEpochs: 0 }, 'test');
    const { history } = await train(preset.preset, { recipe });
    expect(history.length).toBe(2);
  }
});
