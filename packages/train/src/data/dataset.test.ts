import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  datasetSha256,
  labelOf,
  rowsOfSplit,
  rowsRepeatedElsewhere,
  splitsOf,
  type Dataset,
} from './dataset.js';

/** Pictures of 1×2 pixels; splits 0 Training, 1 PublicTest, 2 PrivateTest. */
function toDataset(pictures: [number, number][], splits: number[]): Dataset {
  return {
    count: pictures.length,
    width: 2,
    height: 1,
    images: Uint8Array.from(pictures.flat()),
    labels: Uint8Array.from(pictures, (_, i) => i % 2),
    labelNames: ['a', 'b'],
    splits: Uint8Array.from(splits),
    splitNames: ['Training', 'PublicTest', 'PrivateTest'],
  };
}

describe('a dataset', () => {
  const dataset = toDataset([[1, 2], [3, 4], [1, 2], [3, 4], [3, 4], [5, 6]], [0, 0, 1, 1, 1, 1]); // prettier-ignore

  it('lists its splits and their rows', () => {
    expect(splitsOf(dataset)).toEqual(['Training', 'PublicTest']);
    expect([...rowsOfSplit(dataset, 'PublicTest')]).toEqual([2, 3, 4, 5]);
    expect([...rowsOfSplit(dataset, 'PrivateTest')]).toEqual([]);
  });

  it('finds all rows of a split that repeat rows of another split', () => {
    expect([...rowsRepeatedElsewhere(dataset, 'PublicTest')]).toEqual([2, 3, 4]);
    expect([...rowsRepeatedElsewhere(dataset, 'Training')]).toEqual([0, 1]);
  });

  it('distinguishes different pictures with equal hashes', () => {
    // Both have the 32-bit FNV-1a hash 1243566031.
    const images = Uint8Array.of(108, 194, 16, 244, 6, 69, 17, 42, 6, 69, 17, 42);
    const colliding = { ...toDataset([[0, 0], [0, 0], [0, 0]], [0, 1, 2]), images, height: 2 }; // prettier-ignore
    expect([...rowsRepeatedElsewhere(colliding, 'Training')]).toEqual([]);
    expect([...rowsRepeatedElsewhere(colliding, 'PublicTest')]).toEqual([1]);
  });

  it('ignores repeats within one split', () => {
    expect([...rowsRepeatedElsewhere(toDataset([[1, 2], [1, 2], [3, 3]], [1, 1, 0]), 'PublicTest')]).toEqual([]); // prettier-ignore
  });

  it('changes its digest with a pixel, a label or a split', async () => {
    const digests = await Promise.all(
      [
        dataset,
        { ...dataset, images: dataset.images.with(3, 9) },
        { ...dataset, labels: dataset.labels.with(0, 1) },
        { ...dataset, splits: dataset.splits.with(0, 1) },
        { ...dataset, width: 1, height: 2 },
        { ...dataset, softLabels: Float32Array.of(1, 0) },
      ].map(datasetSha256),
    );
    expect(new Set(digests).size).toBe(digests.length);
    expect(await datasetSha256({ ...dataset })).toBe(digests[0]);
  });

  it('has the SHA-256 of its size, names, pixels, labels, splits and soft labels as digest', async () => {
    const softLabels = Float32Array.of(0.25, 0.75, 1, 0).subarray(2);
    const expected = createHash('sha256')
      .update('6×1×2 a,b\n')
      .update(Uint8Array.of(1, 2, 3, 4, 1, 2, 3, 4, 3, 4, 5, 6, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 1))
      .update(softLabels)
      .digest('hex');
    expect(await datasetSha256({ ...dataset, softLabels })).toBe(expected);
  });

  it('rejects a row number out of range', () => {
    expect(() => labelOf(dataset, 6)).toThrow(/no row 6; rows are numbered from 0 to 5/);
  });
});
