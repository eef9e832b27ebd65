import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { checkDataset } from './check-dataset.js';
import type { Dataset } from './dataset.js';

const SIDE = 24;

/** A picture of waves that no other seed comes near. */
function paint(seed: number): number[] {
  const random = createRandom(seed);
  const waves = Array.from({ length: 6 }, () => [
    random.uniformInt(9),
    random.uniformInt(9),
    random.uniformInt(7),
  ]);
  return Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [(i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE];
    return (
      128 + 18 * waves.reduce((sum, [a = 0, b = 0, c = 0]) => sum + Math.sin(a * x * 3 + b * y * 3 + c), 0)
    );
  });
}
const brighter = (pixels: readonly number[]): number[] => pixels.map((grey) => grey * 0.9 + 20);
const flat = (grey: number): number[] => new Array<number>(SIDE * SIDE).fill(grey);

type Row = [pixels: number[], label: number, split: number];
function toDataset(rows: readonly Row[]): Dataset {
  return {
    count: rows.length,
    width: SIDE,
    height: SIDE,
    images: Uint8Array.from(rows.flatMap(([pixels]) => pixels)),
    labels: Uint8Array.from(rows, ([, label]) => label),
    labelNames: ['a', 'b'],
    splits: Uint8Array.from(rows, ([, , split]) => split),
    splitNames: ['train', 'validation', 'test'],
  };
}

describe('checkDataset', () => {
  it('finds nothing in a clean dataset', async () => {
    const rows = Array.from({ length: 60 }, (_, i): Row => [paint(i), i % 3 === 0 ? 1 : 0, i < 30 ? 0 : 2]);
    expect(await checkDataset(toDataset(rows))).toMatchObject({
      count: 60,
      splits: [
        { split: 'train', counts: [20, 10], leftOut: 0 },
        { split: 'test', counts: [20, 10], leftOut: 0 },
      ],
      imbalance: 2,
      blank: [],
      duplicates: [],
      surplus: [0, 0, 0],
    });
  });

  const rows: Row[] = [
    [paint(1), 0, 0],
    [paint(2), 0, 0],
    [paint(1), 1, 0], // row 0 under another label
    [paint(3), 0, 2],
    [paint(2), 0, 2], // row 1 in another split
    [brighter(paint(3)), 1, 0], // looks like row 3
    [flat(0), 0, 0],
    [flat(9), 1, 0],
    [flat(0), 0, 2],
    [paint(1), 0, 0],
  ];

  it('groups exact and near duplicates with their splits and labels', async () => {
    const { duplicates, blank, repeats, surplus } = await checkDataset(toDataset(rows));
    expect(duplicates).toEqual([
      { kind: 'exact', rows: [0, 2, 9], labelsDiffer: true, acrossSplits: false },
      { kind: 'exact', rows: [1, 4], labelsDiffer: false, acrossSplits: true },
      { kind: 'exact', rows: [6, 8], labelsDiffer: false, acrossSplits: true },
      { kind: 'near', rows: [3, 5], labelsDiffer: true, acrossSplits: true },
    ]);
    expect(blank).toEqual([6, 7, 8]);
    expect(repeats).toEqual([[3, 0, 2], [0, 0, 0], [2, 0, 0]]); // prettier-ignore
    expect(surplus).toEqual([2, 0, 0]);
  });

  it('puts all rows of exact duplicates into a group of near duplicates', async () => {
    const { duplicates } = await checkDataset(toDataset([...rows.slice(3, 6), [paint(3), 0, 0]]));
    expect(duplicates.map(({ kind, rows }) => [kind, rows])).toEqual([['exact', [0, 3]], ['near', [0, 2, 3]]]); // prettier-ignore
  });

  it('counts excluded rows separately, and an empty class', async () => {
    const dataset = toDataset(rows.slice(0, 2));
    const check = await checkDataset({ ...dataset, softLabels: Float32Array.from([1, 0, 0, 0]) });
    expect(check.splits).toEqual([{ split: 'train', counts: [1, 0], leftOut: 1 }]);
    expect(check.imbalance).toBe(Infinity);
  });

  it('reports progress to the end', async () => {
    const told: number[] = [];
    await checkDataset(toDataset(rows), ({ done, total }) => told.push(done / total));
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });
});
