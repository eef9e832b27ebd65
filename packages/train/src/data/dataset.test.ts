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

  it('knows its splits and their rows', () => {
    expect(splitsOf(dataset)).toEqual(['Training', 'PublicTest']);
    expect([...rowsOfSplit(dataset, 'PublicTest')]).toEqual([2, 3, 4, 5]);
    expect([...rowsOfSplit(dataset, 'PrivateTest')]).toEqual([]);
  });

  it('finds the rows of a split that another split has, every one of them', () => {
    expect([...rowsRepeatedElsewhere(dataset, 'PublicTest')]).toEqual([2, 3, 4]);
    expect([...rowsRepeatedElsewhere(dataset, 'Training')]).toEqual([0, 1]);
  });

  it('does not count repeats within one split', () => {
    expect([...rowsRepeatedElsewhere(toDataset([[1, 2], [1, 2], [3, 3]], [1, 1, 0]), 'PublicTest')]).toEqual([]); // prettier-ignore
  });

  it('has a digest that a pixel, a label or a split changes', () => {
    const digests = [
      dataset,
      { ...dataset, images: dataset.images.with(3, 9) },
      { ...dataset, labels: dataset.labels.with(0, 1) },
      { ...dataset, splits: dataset.splits.with(0, 1) },
      { ...dataset, width: 1, height: 2 },
    ].map(datasetSha256);
    expect(new Set(digests).size).toBe(digests.length);
    expect(datasetSha256({ ...dataset })).toBe(digests[0]);
  });

  it('refuses a row that it does not have', () => {
    expect(() => labelOf(dataset, 6)).toThrow(/row 6 of 6/);
  });
});
