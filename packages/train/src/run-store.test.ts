import { describe, expect, it } from 'vitest';
import type { Checkpoint, EpochSummary, TrainingState } from './training-state.js';
import { checkpointName, createMemoryStore } from './run-store.js';
import { tinyGraph } from './testing/tiny-problem.js';

describe('checkpointName', () => {
  it("follows the paper's pattern", () => {
    const graph = tinyGraph();
    const epoch = { epoch: 7, valAccuracy: 0.6549 } as EpochSummary;
    expect(checkpointName({ ...graph, name: 'mini_XCEPTION' }, epoch)).toBe('_mini_XCEPTION.07-0.65.hdf5');
    expect(checkpointName(graph, { ...epoch, epoch: 102 })).toBe('_tiny_XCEPTION.102-0.65.hdf5');
  });
});

describe('createMemoryStore', () => {
  it('keeps what was saved, whatever happens to the arrays afterwards', async () => {
    const store = createMemoryStore();
    const tensor = { shape: [2], data: Float32Array.of(1, 2) };
    const tensors = new Map([['dense/kernel', tensor]]);
    const training = { optimizerTensors: tensors, trainedWeights: tensors } as unknown as TrainingState;
    await store.saveCheckpoint('last.hdf5', { weights: tensors, training } as unknown as Checkpoint);
    tensor.data.fill(0);
    const saved = await store.loadCheckpoint('last.hdf5');
    for (const kept of [saved?.weights, saved?.training.optimizerTensors, saved?.training.trainedWeights]) {
      expect(kept?.get('dense/kernel')).toEqual({ shape: [2], data: Float32Array.of(1, 2) });
    }
    expect(await store.loadCheckpoint('other.hdf5')).toBeUndefined();
  });
});
