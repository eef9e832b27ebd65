import { describe, expect, it } from 'vitest';
import { createTestRandom } from '../testing/test-random.js';
import { normalizeExposure } from './normalize-exposure.js';

const EXPOSURE = { brightness: [0.3, 0.7], contrast: [0.1, 0.3] } as const;
const GREY = { width: 8, height: 8, channels: 1, range: [-1, 1] } as const;
const SAMPLES = 64;

/** Random samples of a mean and a deviation, in shares of the range. */
function picture(mean: number, deviation: number, [low, high]: readonly [number, number] = GREY.range) {
  const random = createTestRandom(7);
  const raw = Array.from({ length: SAMPLES }, random);
  const [middle, spread] = momentsOf(raw);
  return Float32Array.from(raw, (value) => {
    const share = ((value - middle) / spread) * deviation + mean;
    return low + share * (high - low);
  });
}

function momentsOf(values: ArrayLike<number>): [mean: number, deviation: number] {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return [mean, Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length)];
}

const toShares = (values: Float32Array, [low, high]: readonly [number, number] = GREY.range) =>
  Float32Array.from(values, (value) => (value - low) / (high - low));

describe('normalizeExposure', () => {
  it('leaves pictures inside of the range as they are, without a copy', () => {
    const inputs = picture(0.5, 0.2);
    expect(normalizeExposure(inputs, GREY, EXPOSURE)).toBe(inputs);
  });

  it.each([
    ['dark', 0.1, 0.04, 0.3, 0.1],
    ['bright', 0.85, 0.05, 0.7, 0.1],
    ['flat', 0.5, 0.05, 0.5, 0.1],
    ['harsh', 0.5, 0.4, 0.5, 0.3],
  ])(
    'brings a %s picture to the nearer end, and leaves the inputs as they are',
    (_, mean, deviation, ...wanted) => {
      const inputs = picture(mean, deviation);
      const before = inputs.slice();
      const [newMean, newDeviation] = momentsOf(toShares(normalizeExposure(inputs, GREY, EXPOSURE)));
      expect(newMean).toBeCloseTo(wanted[0], 2);
      expect(newDeviation).toBeCloseTo(wanted[1], 2);
      expect(inputs).toEqual(before);
    },
  );

  it('undoes darkness and low contrast, whatever the range of the input', () => {
    for (const range of [
      [-1, 1],
      [0, 255],
      [1, 0],
    ] as const) {
      const face = picture(0.3, 0.1, range);
      const [low, high] = range;
      const darkened = face.map((value) => low + (value - low) * 0.4);
      const restored = normalizeExposure(darkened, { ...GREY, range }, EXPOSURE);
      restored.forEach((value, i) => {
        expect((value - face[i]!) / (high - low)).toBeCloseTo(0, 4);
      });
    }
  });

  it('treats each picture of a batch by itself, and its colours together', () => {
    const rgb = { width: 4, height: 4, channels: 3, range: [0, 1] } as const;
    const usual = Float32Array.from({ length: 48 }, (_, i) => (i % 3 === 0 ? 0.8 : 0.3));
    const dark = usual.map((value) => value / 10);
    const result = normalizeExposure(Float32Array.of(...usual, ...dark), rgb, EXPOSURE);
    expect(result.subarray(0, 48)).toEqual(usual);
    const [red = 0, green = 0, blue = 0] = result.subarray(48);
    expect(green).toBe(blue);
    expect(red - green).toBeGreaterThan(0.2);
  });

  it('keeps samples inside of the input range', () => {
    const result = normalizeExposure(picture(0.02, 0.02), GREY, { ...EXPOSURE, brightness: [0.95, 1] });
    expect(Math.max(...result)).toBe(1);
    expect(Math.min(...result)).toBeGreaterThanOrEqual(-1);
  });

  it('makes no contrast where there is nearly none, and none of one shade', () => {
    const [, deviation] = momentsOf(toShares(normalizeExposure(picture(0.5, 0.001), GREY, EXPOSURE)));
    expect(deviation).toBeCloseTo(0.006, 4);
    const black = normalizeExposure(new Float32Array(SAMPLES).fill(-1), GREY, EXPOSURE);
    expect(toShares(black)).toEqual(new Float32Array(SAMPLES).fill(0.3));
  });
});
