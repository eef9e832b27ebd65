import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { loadModel, parseSafetensors, toSafetensors } from '@mien/core';
import { parseKerasHdf5, toKerasHdf5 } from '@mien/formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointExtension } from './checkpoint.js';
import { readCheckpoint, writeCheckpoint } from './node/read-checkpoint.js';
import type { Checkpoint } from './training-state.js';
import { tinyGraph, TINY_LABELS } from './testing/tiny-problem.js';
import { evaluatePredictions } from './metrics/classification-metrics.js';
import { PRESETS } from './recipe/presets.js';
import { createTrainingSession } from './session/training-session.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

const METRICS = evaluatePredictions(Float32Array.of(0.7, 0.2, 0.1, 0.3, 0.3, 0.4), [0, 1], TINY_LABELS);

async function createCheckpoint(averaged: boolean): Promise<Checkpoint> {
  const graph = tinyGraph();
  const options = { graph, batchSize: 2, optimizer: { kind: 'adam' }, threads: 1 } as const;
  const session = await createTrainingSession({ ...options, seed: 1 });
  const inputs = Float32Array.from({ length: 2 * 64 }, (_, i) => Math.sin(i));
  session.trainStep(inputs, Float32Array.of(1, 0, 0, 0, 0, 1), 2, 0.01);
  const { step, tensors } = session.optimizerState();
  const epoch = {
    epoch: 1,
    loss: 1.5,
    accuracy: 0.25,
    valLoss: 1 / 3,
    valAccuracy: 0.5,
    learningRate: 1e-3,
    seconds: 2.5,
  };
  const checkpoint: Checkpoint = {
    graph,
    labels: TINY_LABELS,
    inputRange: [-1, 1],
    weights: session.weights(),
    training: {
      recipe: PRESETS.fer2013,
      progress: {
        epoch: 2,
        batch: 7,
        lossSum: 12.5,
        correct: 3,
        seen: 14,
        seconds: 1.25,
        history: [epoch],
        bestMetrics: METRICS,
      },
      datasetSha256: 'ab'.repeat(32),
      teacherSha256: 'cd'.repeat(32),
      optimizerStep: step,
      optimizerTensors: tensors,
      trainedWeights: averaged ? (await createTrainingSession({ ...options, seed: 2 })).weights() : undefined,
    },
  };
  return checkpoint;
}

describe.each(['hdf5', 'safetensors'] as const)('a checkpoint in %s', (extension) => {
  it.each([false, true])('comes back as it was written (averaged weights: %s)', async (averaged) => {
    const checkpoint = await createCheckpoint(averaged);
    const path = join(folder, `whole-${averaged}.${extension}`);
    await writeCheckpoint(path, checkpoint);
    const sorted = <T>(map: ReadonlyMap<string, T>): Map<string, T> => new Map([...map].sort());
    const read = await readCheckpoint(path);
    // Strictly: a run that is resumed compares its network with the checkpoint's.
    expect(isDeepStrictEqual(read.graph, checkpoint.graph)).toBe(true);
    expect(read).toMatchObject({ labels: checkpoint.labels, inputRange: checkpoint.inputRange });
    expect(read.training.progress).toEqual(checkpoint.training.progress);
    expect(read.training.recipe).toEqual(checkpoint.training.recipe);
    expect(read.training.optimizerStep).toBe(checkpoint.training.optimizerStep);
    expect(read.training.datasetSha256).toBe(checkpoint.training.datasetSha256);
    expect(read.training.teacherSha256).toBe(checkpoint.training.teacherSha256);
    expect(sorted(read.weights)).toEqual(sorted(checkpoint.weights));
    expect(sorted(read.training.optimizerTensors)).toEqual(sorted(checkpoint.training.optimizerTensors));
    expect(read.training.trainedWeights && sorted(read.training.trainedWeights)).toEqual(
      checkpoint.training.trainedWeights && sorted(checkpoint.training.trainedWeights),
    );
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.partial'));
  });

  it.runIf(extension === 'hdf5')('tells Keras how the optimiser was set', async () => {
    const { training, ...model } = await createCheckpoint(false);
    const optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0 } as const;
    const session = await createTrainingSession({
      graph: model.graph,
      batchSize: 2,
      seed: 1,
      threads: 1,
      optimizer,
    });
    session.trainStep(new Float32Array(2 * 64).fill(0.5), Float32Array.of(1, 0, 0, 0, 1, 0), 2, 0.01);
    const { step: optimizerStep, tensors: optimizerTensors } = session.optimizerState();
    const path = join(folder, 'sgd.hdf5');
    const recipe = { ...training.recipe, optimizer };
    await writeCheckpoint(path, {
      ...model,
      training: { ...training, recipe, optimizerStep, optimizerTensors },
    });
    const read = await parseKerasHdf5(await readFile(path), path);
    expect(read.optimizer).toMatchObject({ kind: 'sgd', settings: { momentum: 0.9, nesterov: true } });
  });

  it('keeps the state of an optimiser that Keras does not know', async () => {
    const { training, ...model } = await createCheckpoint(false);
    const optimizerTensors = new Map(
      [...training.optimizerTensors].map(([name, tensor]) => [name.replace('adam/', 'lion/'), tensor]),
    );
    const path = join(folder, `lion.${extension}`);
    await writeCheckpoint(path, { ...model, training: { ...training, optimizerTensors } });
    const read = await readCheckpoint(path);
    expect(new Map([...read.training.optimizerTensors].sort())).toEqual(
      new Map([...optimizerTensors].sort()),
    );
  });

  it('goes on with AdamW, which Keras 2 does not know, as if it had never stopped', async () => {
    const { training, ...model } = await createCheckpoint(false);
    const options = { graph: model.graph, batchSize: 2, seed: 1, threads: 1 } as const;
    const optimizer = { kind: 'adamw', weightDecay: 0.1 } as const;
    const session = await createTrainingSession({ ...options, optimizer });
    const step = (target: typeof session) =>
      target.trainStep(new Float32Array(2 * 64).map((_, i) => Math.cos(i)), Float32Array.of(1, 0, 0, 0, 1, 0), 2, 0.01); // prettier-ignore
    for (let i = 0; i < 3; i++) step(session);
    const path = join(folder, `adamw.${extension}`);
    const { step: optimizerStep, tensors: optimizerTensors } = session.optimizerState();
    expect([...optimizerTensors.keys()].every((name) => name.startsWith('adamw/'))).toBe(true);
    await writeCheckpoint(path, {
      ...model,
      weights: session.weights(),
      training: { ...training, optimizerStep, optimizerTensors },
    });
    const read = await readCheckpoint(path);
    const resumed = await createTrainingSession({ ...options, seed: 2, optimizer });
    const { optimizerStep: readStep, optimizerTensors: readTensors } = read.training;
    resumed.load(read.weights, { step: readStep, tensors: readTensors });
    expect(step(resumed)).toEqual(step(session));
    expect(resumed.weights()).toEqual(session.weights());
    expect(resumed.optimizerState()).toEqual(session.optimizerState());
  });

  it('leaves what stood there when it cannot be written', async () => {
    const standing = join(folder, `standing.${extension}`);
    await writeFile(standing, 'what stood there');
    const path = join(standing, `x.${extension}`);
    await expect(writeCheckpoint(path, await createCheckpoint(false))).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
    expect(await readFile(standing, 'utf8')).toBe('what stood there');
  });
});

describe('a checkpoint', () => {
  it('is a model without further ado', async () => {
    const checkpoint = await createCheckpoint(true);
    const path = join(folder, 'model.safetensors');
    await writeCheckpoint(path, checkpoint);
    const model = await loadModel({ manifest: undefined, weights: await readFile(path), source: path });
    expect(model.labels).toEqual(TINY_LABELS);
    for (const [name, tensor] of checkpoint.weights) expect(model.weights.get(name)).toEqual(tensor);

    const kerasPath = join(folder, 'model.hdf5');
    await writeCheckpoint(kerasPath, checkpoint);
    const keras = await parseKerasHdf5(await readFile(kerasPath), kerasPath);
    expect(keras).toMatchObject({
      labels: TINY_LABELS,
      inputRange: [-1, 1],
      optimizer: { kind: 'adam', step: 1 },
    });
    expect(keras.weights).toEqual(new Map(checkpoint.weights));
  });

  it('is named by what can hold its network', () => {
    const graph = tinyGraph();
    expect(checkpointExtension(graph)).toBe('.hdf5');
    const layers = graph.layers.map((layer) =>
      layer.kind === 'activation' && layer.activation === 'relu'
        ? ({ ...layer, activation: 'hardSwish' } as const)
        : layer,
    );
    expect(checkpointExtension({ ...graph, layers })).toBe('.safetensors');
  });

  it('says what is wrong with a file of safetensors that it cannot resume from', async () => {
    const path = join(folder, 'good.safetensors');
    await writeCheckpoint(path, await createCheckpoint(false));
    const bytes = await readFile(path);
    const { metadata, tensors } = parseSafetensors(bytes, path);
    const { training = '', ...model } = metadata;
    const changed = (find: string, replacement: string): Uint8Array =>
      toSafetensors(tensors, { ...metadata, training: training.replace(find, replacement) });
    expect(training).toContain('"batch":7');
    for (const [content, message] of [
      [bytes.subarray(0, 2000), /not a readable safetensors file|MODEL_INVALID|safetensors/],
      [toSafetensors(tensors, model), /holds a model and no training state/],
      [toSafetensors(tensors, { ...model, training: '{' }), /its training state is no JSON/],
      [
        changed('"batch":7', '"batch":-7'),
        /training: progress.batch must be a whole number of at least 0, got -7/,
      ],
      [changed('"epochs":', '"epoch":'), /training: recipe: epoch is not known; the nearest one is epochs/],
      [changed('"valLoss":', '"v":'), /history\[0\].valLoss must be a number, got nothing/],
    ] as const) {
      const bad = join(folder, 'bad.safetensors');
      await writeFile(bad, content);
      const error: unknown = await readCheckpoint(bad).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'MODEL_INVALID' });
      expect((error as Error).message).toMatch(message);
      expect((error as Error).message).toContain('bad.safetensors');
    }
    await expect(readCheckpoint(join(folder, 'none.safetensors'))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
    });
  });

  it('says what is wrong with a Keras file that it cannot resume from', async () => {
    const { graph, weights, labels, inputRange } = await createCheckpoint(false);
    const path = join(folder, 'plain.hdf5');
    for (const [content, message] of [
      [await toKerasHdf5({ graph, weights }), /plain\.hdf5: holds a model and no training state/],
      [
        await toKerasHdf5({ graph, weights, labels, inputRange, metadata: { training: '{' } }),
        /its training state is no JSON/,
      ],
    ] as const) {
      await writeFile(path, content);
      await expect(readCheckpoint(path)).rejects.toMatchObject({
        code: 'MODEL_INVALID',
        message: expect.stringMatching(message) as string,
      });
      await writeFile(path, content.subarray(0, 2000));
      await expect(readCheckpoint(path)).rejects.toThrow(/plain\.hdf5: not a readable HDF5 file/);
    }
  });
});
