import { describe, expect, it } from 'vitest';
import { learningRateAt, parseRecipe, PRESETS, type Recipe } from './recipe.js';

describe('presets', () => {
  it("holds the paper's Table 1", () => {
    expect(PRESETS.paper).toMatchObject({
      batchSize: 32,
      patience: 10_000,
      epochs: 50,
      validation: { fraction: 0.2 },
    });
  });

  it.each(Object.entries(PRESETS))('%s is a recipe and carries its own name', (name, preset) => {
    expect(parseRecipe(JSON.parse(JSON.stringify(preset)), 'test')).toEqual(preset);
    expect(preset.preset).toBe(name);
  });
});

describe('parseRecipe', () => {
  it.each([
    [{ epochs: 0 }, 'epochs must be a whole number from 1 to 100000, got 0'],
    [{ batchSize: 1.5 }, 'batchSize must be a whole number from 1 to 4096, got 1.5'],
    [{ learningRate: NaN }, 'learningRate must be a number from 0 to 10, got NaN'],
    [{ seed: -1 }, 'seed must be a whole number of at least 0, got -1'],
    [{ schedule: 'step' }, 'schedule must be one of constant, cosine, got "step"'],
    [{ validation: { fraction: 1 } }, 'validation: fraction must be a number from 0.001 to 0.9, got 1'],
    [
      { validation: { split: 'Training' } },
      'validation: split must be one of PublicTest, PrivateTest, got "Training"',
    ],
    [{ augmentation: 5 }, 'augmentation: expected a record of named values, got 5'],
    [{ warmupEpochs: 50 }, 'warmupEpochs (50) must be fewer than epochs (50)'],
  ])('names what is wrong with %j', (change, message) => {
    expect(() => parseRecipe({ ...PRESETS.paper, ...change }, 'train')).toThrow(`train: ${message}`);
  });

  it('refuses what is no record', () => {
    expect(() => parseRecipe(null, 'x.safetensors', 'MODEL_INVALID')).toThrow(
      expect.objectContaining({ code: 'MODEL_INVALID' }),
    );
  });
});

describe('learningRateAt', () => {
  const recipe: Recipe = {
    ...PRESETS.fer2013,
    learningRate: 0.01,
    epochs: 11,
    warmupEpochs: 1,
    schedule: 'cosine',
  };

  it('rises over the warm-up, starts at the full rate and falls to 0 along a cosine', () => {
    const rates = Array.from({ length: 110 }, (_, step) => learningRateAt(recipe, step, 10));
    expect(rates.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, i) => (0.01 * (i + 1)) / 10));
    expect(rates[10]).toBe(0.01);
    expect(rates[60]).toBeCloseTo(0.005, 12);
    expect(rates.slice(10).every((rate, i, all) => i === 0 || rate < all[i - 1]!)).toBe(true);
    expect(rates[109]).toBeLessThan(0.01 * 0.001);
    expect(rates[109]).toBeGreaterThan(0);
  });

  it('is constant otherwise', () => {
    const constant = { ...recipe, schedule: 'constant', warmupEpochs: 0 } as const;
    expect([0, 50, 109].map((step) => learningRateAt(constant, step, 10))).toEqual([0.01, 0.01, 0.01]);
  });
});
