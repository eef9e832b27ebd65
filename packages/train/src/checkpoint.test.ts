import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, parseSafetensors, toSafetensors } from '@mien/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from './checkpoint.js';
import { tinyGraph, TINY_LABELS } from './testing/tiny-problem.js';
import { PRESETS } from './recipe.js';
import { createTrainingSession } from './session/training-session.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

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
      progress: { epoch: 2, batch: 7, lossSum: 12.5, correct: 3, seen: 14, seconds: 1.25, history: [epoch] },
      datasetSha256: 'ab'.repeat(32),
      optimizerStep: step,
      optimizerTensors: tensors,
      trainedWeights: averaged ? (await createTrainingSession({ ...options, seed: 2 })).weights() : undefined,
    },
  };
  return checkpoint;
}

describe('a checkpoint', () => {
  it.each([false, true])('comes back as it was written (averaged weights: %s)', async (averaged) => {
    const checkpoint = await createCheckpoint(averaged);
    const path = join(folder, `whole-${averaged}.safetensors`);
    await writeCheckpoint(path, checkpoint);
    const sorted = <T>(map: ReadonlyMap<string, T>): Map<string, T> => new Map([...map].sort());
    const read = await readCheckpoint(path);
    expect(read.graph).toEqual(checkpoint.graph);
    expect(read.training.progress).toEqual(checkpoint.training.progress);
    expect(read.training.recipe).toEqual(checkpoint.training.recipe);
    expect(sorted(read.weights)).toEqual(sorted(checkpoint.weights));
    expect(sorted(read.training.optimizerTensors)).toEqual(sorted(checkpoint.training.optimizerTensors));
    expect(read.training.trainedWeights && sorted(read.training.trainedWeights)).toEqual(
      checkpoint.training.trainedWeights && sorted(checkpoint.training.trainedWeights),
    );
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.partial'));
  });

  it('is a model without further ado', async () => {
    const checkpoint = await createCheckpoint(true);
    const path = join(folder, 'model.safetensors');
    await writeCheckpoint(path, checkpoint);
    const model = await loadModel({ manifest: undefined, weights: await readFile(path), source: path });
    expect(model.labels).toEqual(TINY_LABELS);
    for (const [name, tensor] of checkpoint.weights) expect(model.weights.get(name)).toEqual(tensor);
  });

  it('says what is wrong with a file that it cannot resume from', async () => {
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
        /training: progress: batch must be a whole number of at least 0, got -7/,
      ],
      [changed('"epochs":', '"epoch":'), /training: recipe: epochs must be .* got nothing/],
      [changed('"valLoss":', '"v":'), /history\[0\]: valLoss must be a number, got nothing/],
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

  it('leaves what stood there when it cannot be written', async () => {
    const checkpoint = await createCheckpoint(false);
    await expect(
      writeCheckpoint(join(folder, 'no', 'such', 'x.safetensors'), checkpoint),
    ).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
    });
  });
});
