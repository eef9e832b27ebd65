import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { drawErasing, eraseRectangle, type ErasedRectangle } from './erasing.js';

const STRENGTHS = { probability: 1, minArea: 0.02, maxArea: 0.2, aspect: 0.3, fill: 'noise' } as const;
const COUNT = 4000;

const draw = (i: number, changes: Partial<Parameters<typeof drawErasing>[0]> = {}): ErasedRectangle => {
  const rectangle = drawErasing({ ...STRENGTHS, ...changes }, createRandom(8).fork(i));
  if (rectangle === undefined) throw new Error('nothing was drawn');
  return rectangle;
};
const evenly = (values: readonly number[], low: number, high: number): void => {
  const parts = values.map((value) => (value - low) / (high - low));
  expect(Math.min(...parts)).toBeGreaterThanOrEqual(-1e-9);
  expect(Math.max(...parts)).toBeLessThanOrEqual(1 + 1e-9);
  const mean = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(5 / Math.sqrt(12 * parts.length));
};

describe('drawErasing', () => {
  const draws = Array.from({ length: COUNT }, (_, i) => draw(i));

  it('changes the given share of the pictures', () => {
    const erased = Array.from({ length: COUNT }, (_, i) =>
      drawErasing({ ...STRENGTHS, probability: 0.25 }, createRandom(8).fork(i)),
    ).filter(Boolean);
    expect(Math.abs(erased.length - COUNT / 4)).toBeLessThan(5 * Math.sqrt((COUNT * 3) / 16));
  });

  it('draws areas, aspect ratios and positions uniformly', () => {
    evenly(draws.map(({ width, height }) => width * height), 0.02, 0.2); // prettier-ignore
    evenly(draws.map(({ width, height }) => Math.log(height / width)), Math.log(0.3), -Math.log(0.3)); // prettier-ignore
    evenly(
      draws.map(({ left, width }) => left / (1 - width)),
      0,
      1,
    );
    evenly(
      draws.map(({ top, height }) => top / (1 - height)),
      0,
      1,
    );
  });

  it('clips sides that would be longer than the picture', () => {
    const large = Array.from({ length: 500 }, (_, i) => draw(i, { minArea: 0.9, maxArea: 1, aspect: 0.05 }));
    for (const { left, top, width, height } of large) {
      expect([left >= 0, top >= 0, left + width <= 1, top + height <= 1]).toEqual([true, true, true, true]);
    }
    expect(large.some(({ width }) => width === 1)).toBe(true);
  });

  it('keeps rectangles in place at another probability or fill', () => {
    const rare = drawErasing({ ...STRENGTHS, probability: 0.9, fill: 'mean' }, createRandom(8).fork(2));
    expect(rare).toEqual({ ...draw(2), fill: 'mean' });
  });
});

describe('eraseRectangle', () => {
  const size = { width: 20, height: 10 };
  const rectangle = { left: 0.25, top: 0.5, width: 0.5, height: 0.3 };
  const isInside = (i: number): boolean => {
    const [x, y] = [i % 20, Math.floor(i / 20)];
    return x >= 5 && x < 15 && y >= 5 && y < 8;
  };
  const erased = (fill: 'noise' | 'mean'): Float32Array => {
    const picture = Float32Array.from({ length: 200 }, (_, i) => i / 2);
    eraseRectangle(picture, size, { ...rectangle, fill }, createRandom(1));
    return picture;
  };

  it('fills only the rectangle with the mean of the picture', () => {
    erased('mean').forEach((value, i) => expect(value).toBeCloseTo(isInside(i) ? 49.75 : i / 2, 5));
  });

  it('fills only the rectangle with random integer grey values', () => {
    const picture = erased('noise');
    picture.forEach((value, i) => {
      if (!isInside(i)) expect(value).toBe(i / 2);
      else expect(Number.isInteger(value) && value >= 0 && value <= 255).toBe(true);
    });
    expect(new Set(picture.filter((_, i) => isInside(i))).size).toBeGreaterThan(20);
  });

  it('can fill the whole picture', () => {
    const picture = new Float32Array(200);
    eraseRectangle(picture, size, { left: 0, top: 0, width: 1, height: 1, fill: 'noise' }, createRandom(2));
    expect(picture.filter((value) => value > 0).length).toBeGreaterThan(190);
  });
});
