import { describe, expect, it } from 'vitest';
import type { EpochSummary } from './checkpoint.js';
import { checkpointName } from './run-folder.js';
import { tinyGraph } from './testing/tiny-problem.js';

describe('checkpointName', () => {
  it("follows the paper's pattern", () => {
    const graph = tinyGraph();
    const epoch = { epoch: 7, valAccuracy: 0.6549 } as EpochSummary;
    expect(checkpointName({ ...graph, name: 'mini_XCEPTION' }, epoch)).toBe('_mini_XCEPTION.07-0.65.hdf5');
    expect(checkpointName(graph, { ...epoch, epoch: 102 })).toBe('_tiny_XCEPTION.102-0.65.hdf5');
  });
});
