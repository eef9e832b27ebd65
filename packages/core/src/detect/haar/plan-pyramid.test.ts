import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planPyramid, planTaps, roundHalfEven } from './plan-pyramid.js';

/** Window positions of OpenCV: its detections with a cascade that every window passes (make-boxes.py). */
interface Scan {
  readonly size: [number, number];
  readonly scaleFactor: number;
  readonly minSize?: number;
  readonly maxSize?: number;
  readonly count: number;
  readonly sha256: string;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../../../models/haar-frontalface/golden/boxes.json', import.meta.url), 'utf8'),
) as { readonly scans: Scan[] };

const OPTIONS = { side: 24, scaleFactor: 1.3, minSize: 0, maxSize: Infinity };

describe('planPyramid', () => {
  it('goes from the original size to the last level that holds a window', () => {
    const levels = planPyramid(640, 480, OPTIONS);
    expect(levels).toHaveLength(12);
    expect(levels[0]).toEqual({ scale: 1, width: 640, height: 480, step: 2, columns: 309, rows: 229 });
    expect(levels[3]).toMatchObject({ width: 291, height: 218, step: 1, columns: 268, rows: 195 });
    expect(levels.at(-1)).toMatchObject({ width: 36, height: 27, columns: 13, rows: 4 });
  });

  it('is empty when no window fits', () => {
    expect(planPyramid(23, 100, OPTIONS)).toEqual([]);
    expect(planPyramid(1, 1, OPTIONS)).toEqual([]);
    expect(planPyramid(24, 24, OPTIONS)).toMatchObject([{ columns: 1, rows: 1 }]);
  });

  it('keeps the levels within the limits, or the one closest to the smallest size', () => {
    const faceSides = (minSize: number, maxSize: number) =>
      planPyramid(512, 512, { ...OPTIONS, minSize, maxSize }).map(({ scale }) => Math.round(24 * scale));
    expect(faceSides(0, Infinity).slice(0, 6)).toEqual([24, 31, 41, 53, 69, 89]);
    expect(faceSides(40, 70)).toEqual([41, 53, 69]);
    expect(faceSides(90, 115)).toEqual([89]);
    expect(faceSides(103, 115)).toEqual([116]);
    expect(faceSides(0, 20)).toEqual([24]);
  });

  it.each(golden.scans)('visits the positions that OpenCV visits, $size by $scaleFactor', (scan) => {
    const [width, height] = scan.size;
    const levels = planPyramid(width, height, { ...OPTIONS, ...scan });
    const boxes = levels.flatMap(({ scale, step, columns, rows }) => {
      const toPixel = (position: number): number => roundHalfEven(Math.fround(position * step * scale));
      const side = roundHalfEven(Math.fround(24 * scale));
      return Array.from({ length: columns * rows }, (_, i) => {
        const [x, y] = [toPixel(i % columns), toPixel(Math.floor(i / columns))];
        return [x, y, Math.min(side, width - x), Math.min(side, height - y)];
      });
    });
    const compare = (a: number[], b: number[]): number => {
      const at = a.findIndex((value, i) => value !== b[i]);
      return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
    };
    expect(boxes.length).toBe(scan.count);
    const text = JSON.stringify(boxes.sort(compare));
    expect(createHash('sha256').update(text).digest('hex')).toBe(scan.sha256);
  });
});

describe('planTaps', () => {
  it('repeats the border and stays within the picture', () => {
    for (const [from, to] of [
      [100, 77],
      [24, 24],
      [640, 492],
      [101, 24],
      [30, 29],
    ] as const) {
      const taps = planTaps(from, to);
      for (let i = 0; i < to; i++) {
        const [first = NaN, weights = NaN] = taps.subarray(2 * i, 2 * i + 2);
        expect(first).toBeGreaterThanOrEqual(0);
        expect(first).toBeLessThanOrEqual(from - 2);
        expect((weights & 0xffff) + (weights >>> 16)).toBe(256);
      }
    }
  });

  it('copies at the same size and halves between two samples', () => {
    expect([...planTaps(4, 4)]).toEqual([0, 256, 1, 256, 2, 256, 2, 256 << 16]);
    expect([...planTaps(4, 2)]).toEqual([0, 128 | (128 << 16), 2, 128 | (128 << 16)]);
  });
});

describe('roundHalfEven', () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [2.4999999, 2],
    [2.5000001, 3],
    [-7, -7],
  ])('rounds %d to %d', (value, expected) => {
    expect(roundHalfEven(value) + 0).toBe(expected);
  });
});
