import { describe, expect, it } from 'vitest';
import { toDataset } from './to-dataset.js';

const SIDE = 4;

/** Pictures that differ. */
const label = (name: string, count: number, first = 0) => ({
  name,
  images: Uint8Array.from({ length: count * SIDE * SIDE }, (_, at) => first + Math.floor(at / SIDE ** 2)),
});
const heldOut = (labels: readonly ReturnType<typeof label>[], share: number) => {
  const dataset = toDataset({ width: SIDE, height: SIDE, labels }, share);
  return labels.map(
    (_, index) =>
      [...dataset.splits].filter((split, row) => split === 1 && dataset.labels[row] === index).length,
  );
};

describe('gathered pictures', () => {
  it('are held out by the share of each label, at least one and never all', () => {
    expect(heldOut([label('a', 20), label('b', 10, 100), label('c', 2, 200)], 0.2)).toEqual([4, 2, 1]);
    expect(heldOut([label('a', 2), label('b', 3, 100)], 0.5)).toEqual([1, 2]);
  });

  it('are the same ones in any order', () => {
    const { images } = label('a', 20);
    const pictures = Array.from({ length: 20 }, (_, row) =>
      images.slice(row * SIDE ** 2, (row + 1) * SIDE ** 2),
    );
    const chosen = (order: readonly Uint8Array[]) => {
      const all = { name: 'a', images: Uint8Array.from(order.flatMap((picture) => [...picture])) };
      const dataset = toDataset({ width: SIDE, height: SIDE, labels: [all] }, 0.3);
      return new Set(order.filter((_, row) => dataset.splits[row] === 1).map(([value]) => value));
    };
    expect(chosen(pictures.toReversed())).toEqual(chosen(pictures));
  });

  it('that are equal are on the same side', () => {
    const images = new Uint8Array(10 * SIDE ** 2);
    images.fill(7, 5 * SIDE ** 2);
    const { splits } = toDataset({ width: SIDE, height: SIDE, labels: [{ name: 'a', images }] }, 0.2);
    expect([new Set(splits.slice(0, 5)).size, new Set(splits.slice(5)).size]).toEqual([1, 1]);
  });
});
