import { describe, expect, it } from 'vitest';
import { learningRateAt } from './learning-rate.js';
import { PRESETS } from './recipe/presets.js';
import type { Recipe } from './recipe/recipe.js';

describe('learningRateAt', () => {
  const recipe: Recipe = {
    ...PRESETS.fer2013,
    learningRate: 0.01,
    epochs: 11,
    warmupEpochs: 1,
    schedule: 'cosine',
  };

  it('warms up linearly to the full rate and falls to 0 along a cosine', () => {
    const rates = Array.from({ length: 110 }, (_, step) => learningRateAt(recipe, step, 10));
    expect(rates.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => (0.01 * (i + 1)) / 10));
    expect(rates[10]).toBe(0.01);
    expect(rates[60]).toBeCloseTo(0.005, 12);
    expect(rates.slice(10).every((rate, i, all) => i === 0 || rate < all[i - 1]!)).toBe(true);
    expect(rates[109]).toBeLessThan(0.01 * 0.001);
    expect(rates[109]).toBeGreaterThan(0);
  });

  it('is constant for a constant schedule', () => {
    const constant = { ...recipe, schedule: 'constant', warmupEpochs: 0 } as const;
    expect([0, 50, 109].map((step) => learningRateAt(constant, step, 10))).toEqual([0.01, 0.01, 0.01]);
  });
});
