import { describe, expect, it } from 'vitest';
import { chooseRows } from '../choose-rows.js';
import { tinyDataset } from '../testing/tiny-problem.js';
import { imageOf, labelOf, type Dataset } from './dataset.js';
import { heldOutFraction } from './held-out.js';

/** Two-pixel pictures of one split. */
function picturesOf(...pictures: readonly (readonly [number, number])[]): Dataset {
  return {
    ...tinyDataset({ Training: pictures.length }),
    width: 2,
    height: 1,
    images: Uint8Array.from(pictures.flat()),
  };
}

/** Pictures of `dataset` in another order. */
function reordered(dataset: Dataset, order: readonly number[]): Dataset {
  return {
    ...dataset,
    count: order.length,
    images: Uint8Array.from(order.flatMap((row) => [...imageOf(dataset, row)])),
    labels: Uint8Array.from(order, (row) => labelOf(dataset, row)),
    splits: Uint8Array.from(order, (row) => dataset.splits[row]!),
  };
}

describe('heldOutFraction', () => {
  it('is the first four bytes of the SHA-256 of the pixels, big-endian, as a fraction of 2^32', () => {
    // python3: int.from_bytes(hashlib.sha256(bytes([0, 0])).digest()[:4], 'big') / 2**32
    const dataset = picturesOf([0, 0], [1, 2], [255, 7]);
    expect([0, 1, 2].map((row) => heldOutFraction(dataset, row))).toEqual(
      [2527237842, 2703782398, 419962073].map((value) => value / 2 ** 32),
    );
  });
});

describe('held-out validation', () => {
  const dataset = tinyDataset({ Training: 4000, PublicTest: 100 });

  it('holds out about the given share of the training split, in the order of the file', () => {
    const { trainRows, validationRows } = chooseRows(dataset, { heldOut: 0.1 });
    expect(trainRows.length + validationRows.length).toBe(4000);
    expect(validationRows.length).toBeGreaterThan(330);
    expect(validationRows.length).toBeLessThan(470);
    expect([...trainRows]).toEqual([...trainRows].sort((a, b) => a - b));
    expect([...validationRows]).toEqual([...validationRows].sort((a, b) => a - b));
    expect([...trainRows, ...validationRows].every((row) => row < 4000)).toBe(true);
  });

  it('keeps exact duplicates on one side, whatever their labels', () => {
    const rows = Array.from({ length: 300 }, (_, row) => row);
    const twice = reordered(dataset, [...rows, ...rows.toReversed()]);
    const relabelled = { ...twice, labels: twice.labels.map((label, row) => (row < 300 ? label : 0)) };
    const { trainRows, validationRows } = chooseRows(relabelled, { heldOut: 0.3 });
    const digests = (of: Uint32Array) => new Set(Array.from(of, (row) => imageOf(relabelled, row).join()));
    const [trained, validated] = [digests(trainRows), digests(validationRows)];
    expect(validationRows.length).toBe(2 * validated.size);
    expect([...validated].filter((digest) => trained.has(digest))).toEqual([]);
  });

  it('does not depend on other pictures, and a larger share contains a smaller one', () => {
    const pictures = (of: Dataset, part: number) =>
      Array.from(chooseRows(of, { heldOut: part }).validationRows, (row) => imageOf(of, row).join());
    const order = Array.from({ length: 2000 }, (_, i) => 3999 - 2 * i);
    const others = reordered(dataset, order);
    const whole = new Set(pictures(dataset, 0.1));
    expect(pictures(others, 0.1).every((picture) => whole.has(picture))).toBe(true);
    const larger = new Set(pictures(dataset, 0.2));
    expect([...whole].every((picture) => larger.has(picture))).toBe(true);
  });

  it('rejects a share so small that no picture is held out', () => {
    expect(() => chooseRows(tinyDataset({ Training: 3 }), { heldOut: 0.001 })).toThrow(
      /too few rows of the split Training to validate on; use a part of Training \(--held-out 0\.1/,
    );
  });
});
