import { describe, expect, it } from 'vitest';
import { createTestRandom } from '../testing/test-random.js';
import { measureDetail, normalizeDetail } from './normalize-detail.js';

const SIDE = 48;
const GREY = { width: SIDE, height: SIDE, channels: 1, range: [-1, 1] } as const;
const DETAIL = { maxNoise: 0.12, minSlope: 0.2 } as const;
type Range = readonly [number, number];

/** A smooth pattern in the middle half of the range; `period` in pixels. */
function pattern(period: number, [low, high]: Range = GREY.range): Float32Array {
  return Float32Array.from({ length: SIDE * SIDE }, (_, i) => {
    const [x, y] = [i % SIDE, Math.floor(i / SIDE)];
    const share = 0.5 + 0.25 * Math.sin((2 * Math.PI * x) / period) * Math.cos((2 * Math.PI * y) / period);
    return low + share * (high - low);
  });
}

/** @param deviation of the noise, in shares of the range */
function addNoise(picture: Float32Array, deviation: number, [low, high]: Range = GREY.range): Float32Array {
  const random = createTestRandom(3);
  // Twelve uniform numbers have a variance of 1.
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);
  return picture.map((value) => value + deviation * normal() * (high - low));
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);

describe('measureDetail', () => {
  it('estimates the noise, in shares of the contrast, whatever contrast and range are', () => {
    const clean = pattern(24);
    const noisy = addNoise(clean, 0.05);
    const { noise, slope } = measureDetail(noisy, GREY);
    const contrast = Math.sqrt(0.125 ** 2 + 0.05 ** 2); // of a product of two waves, and of the noise
    expect(noise).toBeCloseTo(0.05 / contrast, 1);
    expect(measureDetail(clean, GREY).noise).toBeLessThan(0.01);
    const elsewhere = measureDetail(
      noisy.map((value) => 100 - 30 * value),
      GREY,
    );
    expect(elsewhere.noise).toBeCloseTo(noise, 4);
    expect(elsewhere.slope).toBeCloseTo(slope, 4);
  });

  it('has the slope of a wave', () => {
    // The slope of sin(2πx/T) is 2π/T of its deviation, along rows and columns both.
    expect(measureDetail(pattern(24), GREY).slope).toBeCloseTo((Math.SQRT2 * 2 * Math.PI) / 24, 1);
    expect(measureDetail(pattern(12), GREY).slope).toBeGreaterThan(
      1.8 * measureDetail(pattern(24), GREY).slope,
    );
  });

  it('is 0 for one shade and for next to no pixels', () => {
    expect(measureDetail(new Float32Array(SIDE * SIDE).fill(0.5), GREY)).toEqual({ noise: 0, slope: 0 });
    expect(measureDetail(Float32Array.of(0, 1, 0, 1), { width: 2, height: 2, channels: 1 })).toEqual({
      noise: 0,
      slope: 0,
    });
  });
});

describe('normalizeDetail', () => {
  it('leaves pictures inside of the range as they are, without a copy', () => {
    const inputs = pattern(24);
    expect(normalizeDetail(inputs, GREY, DETAIL)).toBe(inputs);
    const shade = new Float32Array(SIDE * SIDE).fill(0.5);
    expect(normalizeDetail(shade, GREY, DETAIL)).toBe(shade);
  });

  it.each([[[-1, 1] as const], [[0, 255] as const], [[1, 0] as const]])(
    'takes away most of the noise, in the range %j',
    (range) => {
      const clean = pattern(24, range);
      const noisy = addNoise(clean, 0.1, range);
      const before = noisy.slice();
      const result = normalizeDetail(noisy, { ...GREY, range }, DETAIL);
      expect(distance(result, clean)).toBeLessThan(0.45 * distance(noisy, clean));
      expect(noisy).toEqual(before);
    },
  );

  it('smooths to shades that the picture has, however noisy it is', () => {
    const random = createTestRandom(5);
    const pixels = (toValue: (x: number, y: number) => number) =>
      Float32Array.from({ length: SIDE * SIDE }, (_, i) => toValue(i % SIDE, Math.floor(i / SIDE)));
    const pictures = {
      chessboard: pixels((x, y) => ((x + y) % 2) * 2 - 1),
      lines: pixels((x) => (x % 2) * 2 - 1),
      noise: pixels(() => random() * 2 - 1),
      'black and white noise': pixels(() => (random() < 0.5 ? -1 : 1)),
      'noise on a pattern': addNoise(pattern(24), 1.3),
    };
    for (const [name, picture] of Object.entries(pictures)) {
      for (const maxNoise of [0, 0.12, 0.5]) {
        const result = normalizeDetail(picture, GREY, { maxNoise, minSlope: 0 });
        expect(Math.max(...result), name).toBeLessThanOrEqual(Math.max(...picture));
        expect(Math.min(...result), name).toBeGreaterThanOrEqual(Math.min(...picture));
      }
    }
  });

  it('sharpens a soft picture, and keeps it inside of the range', () => {
    const soft = pattern(40);
    const result = normalizeDetail(soft, GREY, DETAIL);
    expect(measureDetail(result, GREY).slope).toBeGreaterThanOrEqual(measureDetail(soft, GREY).slope);
    const edge = Float32Array.from(soft, (value) => Math.max(-1, Math.min(1, 5 * value)));
    const softEdge = normalizeDetail(edge, GREY, { maxNoise: 1, minSlope: 1 });
    expect(softEdge).not.toEqual(edge);
    expect(Math.max(...softEdge)).toBe(1);
    expect(Math.min(...softEdge)).toBe(-1);
  });

  it('does more the further outside a picture is, from nothing at the limit', () => {
    const noisy = addNoise(pattern(24), 0.05);
    const { noise, slope } = measureDetail(noisy, GREY);
    const by = (maxNoise: number) => distance(normalizeDetail(noisy, GREY, { maxNoise, minSlope: 0 }), noisy);
    expect(by(noise)).toBe(0);
    expect(by(noise * 0.999)).toBeLessThan(0.2 * by(0));
    const sharper = (minSlope: number) =>
      distance(normalizeDetail(noisy, GREY, { maxNoise: 1, minSlope }), noisy);
    expect(sharper(slope)).toBe(0);
    expect(sharper(slope * 1.001)).toBeLessThan(0.01 * sharper(slope * 1.5));
  });

  it('treats each picture of a batch by itself, and each colour', () => {
    const rgb = { ...GREY, channels: 3 } as const;
    const toColours = (grey: Float32Array) =>
      Float32Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]! / (1 + (i % 3)));
    const [clean, noisy] = [pattern(24), addNoise(pattern(24), 0.1)];
    const batch = Float32Array.of(...toColours(clean), ...toColours(noisy));
    const result = normalizeDetail(batch, rgb, DETAIL);
    expect(result.subarray(0, 3 * clean.length)).toEqual(toColours(clean));
    const [red = 0, green = 0, blue = 0] = result.subarray(3 * clean.length + 300);
    expect(green).toBeCloseTo(red / 2, 5);
    expect(blue).toBeCloseTo(red / 3, 5);
    expect(red).not.toBe(batch[3 * clean.length + 300]);
  });
});
