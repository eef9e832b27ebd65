import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { drawPhotometric, writeToneCurve, type PhotometricChange } from './photometric.js';

const STRENGTHS = { probability: 0.5, contrast: 0.3, brightness: 0.1, gamma: 0.4 };
const COUNT = 4000;

const draw = (strengths: typeof STRENGTHS, i: number): PhotometricChange | undefined =>
  drawPhotometric(strengths, createRandom(5).fork(i));

describe('drawPhotometric', () => {
  it('changes the given share of the pictures', () => {
    const changed = Array.from({ length: COUNT }, (_, i) => draw(STRENGTHS, i)).filter(Boolean).length;
    expect(Math.abs(changed - COUNT / 2)).toBeLessThan(5 * Math.sqrt(COUNT / 4));
    expect(draw({ ...STRENGTHS, probability: 0 }, 1)).toBeUndefined();
  });

  it('draws uniformly from the whole range', () => {
    const draws = Array.from({ length: COUNT }, (_, i) => draw({ ...STRENGTHS, probability: 1 }, i));
    const kinds = {
      contrast: (change: PhotometricChange) => (change.contrast - 1) / 0.3,
      brightness: (change: PhotometricChange) => change.brightness / 25.5,
      gamma: (change: PhotometricChange) => Math.log(change.gamma) / 0.4,
    };
    for (const kind of Object.values(kinds)) {
      const values = draws.map((change) => (change === undefined ? NaN : kind(change)));
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-1.000001);
      expect(Math.min(...values)).toBeLessThan(-0.99);
      expect(Math.max(...values)).toBeLessThanOrEqual(1.000001);
      expect(Math.max(...values)).toBeGreaterThan(0.99);
      const mean = values.reduce((sum, value) => sum + value, 0) / COUNT;
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(3 * COUNT));
    }
  });

  it('leaves the other draws unchanged when one is switched off', () => {
    const full = draw({ ...STRENGTHS, probability: 1 }, 7);
    expect(draw({ ...STRENGTHS, probability: 1, contrast: 0 }, 7)).toEqual({ ...full, contrast: 1 });
    expect(draw({ ...STRENGTHS, probability: 1, gamma: 0 }, 7)).toEqual({ ...full, gamma: 1 });
  });
});

describe('writeToneCurve', () => {
  const curveOf = (change: Partial<PhotometricChange>, mean = 100): Float32Array => {
    const curve = new Float32Array(256);
    writeToneCurve({ contrast: 1, brightness: 0, gamma: 1, ...change }, mean, curve);
    return curve;
  };

  it('is the identity at zero strength', () => {
    curveOf({}).forEach((value, grey) => expect(value).toBeCloseTo(grey, 3));
  });

  it('applies contrast around the mean, brightness, clipping and gamma', () => {
    const change = { contrast: 1.4, brightness: -20, gamma: 0.7 };
    curveOf(change, 90).forEach((value, grey) => {
      const light = Math.min(255, Math.max(0, (grey - 90) * 1.4 + 90 - 20));
      expect(value).toBeCloseTo(255 * (light / 255) ** 0.7, 3);
    });
  });

  it('keeps the mean under contrast, black and white under gamma, and the range 0 … 255', () => {
    expect(curveOf({ contrast: 0.5 }, 60)[60]).toBeCloseTo(60, 3);
    const gamma = curveOf({ gamma: 2 });
    expect([gamma[0], gamma[255]]).toEqual([0, 255]);
    for (const brightness of [-255, 255]) {
      const curve = curveOf({ contrast: 2, brightness });
      expect(curve.every((value) => value >= 0 && value <= 255)).toBe(true);
      expect(curve[brightness < 0 ? 0 : 255]).toBe(brightness < 0 ? 0 : 255);
    }
  });
});
