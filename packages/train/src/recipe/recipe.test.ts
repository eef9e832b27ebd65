import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { overrideRecipe, parseRecipe } from './parse-recipe.js';
import { PRESETS } from './presets.js';
import { createRecipeJsonSchema } from './recipe-json-schema.js';

const viaJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('presets', () => {
  it("contains the paper's Table 1", () => {
    expect(PRESETS.paper).toMatchObject({
      batchSize: 32,
      patience: 10_000,
      epochs: 50,
      validation: { fraction: 0.2 },
    });
  });

  it('contains the callbacks of the original training script', () => {
    expect(PRESETS.original).toMatchObject({
      patience: 50,
      reduceLearningRate: { factor: 0.1, patience: 12 },
      inputSize: 64,
      // Keras 2.0.5, and the last fifth of the whole file.
      optimizer: { kind: 'adam', epsilon: 1e-8 },
      validation: { fractionOfAll: 0.2 },
    });
  });

  it.each(Object.entries(PRESETS))('%s is a recipe and carries its own name', (name, preset) => {
    expect(parseRecipe(viaJson(preset), 'test')).toEqual(preset);
    expect(preset.preset).toBe(name);
  });
});

describe('parseRecipe', () => {
  it('takes missing fields from the preset', () => {
    const file = { $schema: './recipe.schema.json', preset: 'fer2013', epochs: 80, mixup: { alpha: 0.2 } };
    expect(parseRecipe(file, 'r.json')).toEqual({ ...PRESETS.fer2013, epochs: 80, mixup: { alpha: 0.2 } });
    expect(parseRecipe({}, 'r.json')).toEqual(PRESETS.paper);
  });

  it('fills in defaults of nested objects, and keeps augmentation strengths that are not named', () => {
    const recipe = parseRecipe(
      {
        network: { kind: 'residual', widths: [8, 16] },
        optimizer: { kind: 'sgd' },
        augmentation: { shift: 0 },
      },
      'r.json',
    );
    expect(recipe).toMatchObject({
      network: { kind: 'residual', widths: [8, 16], blocksPerStage: 2, dropout: 0 },
      optimizer: { kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
      augmentation: { rotationDeg: 10, shift: 0, zoom: 0.1, horizontalFlip: true },
    });
    expect(
      overrideRecipe({ ...recipe, augmentation: null }, { augmentation: { zoom: 0.2 } }, 'x'),
    ).toMatchObject({ augmentation: { rotationDeg: 0, shift: 0, zoom: 0.2, horizontalFlip: false } });
    expect(parseRecipe({ augmentation: null }, 'r.json').augmentation).toBeNull();
    const augmentation = { photometric: { gamma: 0.4 }, quality: { noiseSigma: 8 }, erasing: {} };
    expect(parseRecipe({ augmentation }, 'r.json').augmentation).toEqual({
      ...PRESETS.paper.augmentation,
      photometric: { probability: 0.5, contrast: 0, brightness: 0, gamma: 0.4 },
      quality: { probability: 0.5, blurSigmaPx: 0, downscale: 1, noiseSigma: 8, jpegQuality: 100 },
      erasing: { probability: 0.5, minArea: 0.02, maxArea: 0.4, aspect: 0.3, fill: 'noise' },
    });
  });

  it('completes recipes of old checkpoints without newer fields', () => {
    const { preset, seed, batchSize, epochs, learningRate, schedule, warmupEpochs } = PRESETS.fer2013;
    const stored = {
      preset,
      seed,
      batchSize,
      epochs,
      patience: 10_000,
      learningRate,
      schedule,
      warmupEpochs,
    };
    expect(parseRecipe(stored, 'last.hdf5', 'MODEL_INVALID')).toEqual({
      ...PRESETS.fer2013,
      patience: 10_000,
    });
  });

  it("shortens a preset's warm-up in shorter runs, but not an explicit one", () => {
    expect(parseRecipe({ preset: 'fer2013', epochs: 1 }, 'r.json').warmupEpochs).toBe(0.5);
    expect(() => parseRecipe({ epochs: 2, warmupEpochs: 2 }, 'r.json')).toThrow(
      'r.json: warmupEpochs (2) must be fewer than epochs (2)',
    );
  });

  it.each([
    [{ epochs: 0 }, 'epochs must be a whole number from 1 to 100000, got 0'],
    [{ epochs: null }, 'epochs must be a whole number from 1 to 100000, got null'],
    [{ batchSize: 1.5 }, 'batchSize must be a whole number from 1 to 4096, got 1.5'],
    [{ learningRate: NaN }, 'learningRate must be a number from 0 to 10, got NaN'],
    [{ learningRate: '0.1' }, 'learningRate must be a number from 0 to 10, got "0.1"'],
    [{ seed: -1 }, 'seed must be a whole number of at least 0, got -1'],
    [{ patience: 0 }, 'patience must be a whole number of at least 1, got 0'],
    [{ schedule: 'step' }, 'schedule must be one of constant, cosine, got "step"'],
    [{ preset: 'mine' }, 'preset must be one of paper, original, fer2013, robust, got "mine"'],
    [{ validation: { fraction: 1 } }, 'validation.fraction must be a number from 0.001 to 0.9, got 1'],
    [{ validation: { split: '' } }, 'validation.split must be the name of a split, got ""'],
    [
      { validation: {} },
      'validation must be an object with one of fraction, fractionOfAll, heldOut, split, got an object',
    ],
    [
      { validation: { split: 'a', fraction: 0.1 } },
      'validation must be an object with one of fraction, fractionOfAll, heldOut, split, got an object',
    ],
    [{ augmentation: 5 }, 'augmentation must be an object, got 5'],
    [
      { augmentation: { shfit: 1 } },
      'augmentation.shfit is not known; the nearest one is augmentation.shift',
    ],
    [
      { augmentation: { erasing: { minArea: 0.5, maxArea: 0.1 } } },
      'augmentation.erasing.minArea must be at most maxArea (0.1), got 0.5',
    ],
    [
      { augmentation: { quality: { jpegQuality: 0 } } },
      'augmentation.quality.jpegQuality must be a whole number from 1 to 100, got 0',
    ],
    [
      { augmentation: { quality: { blur: 1 } } },
      'augmentation.quality.blur is not known; the nearest one is augmentation.quality.blurSigmaPx',
    ],
    [{ epoch: 5 }, 'epoch is not known; the nearest one is epochs'],
    [{ BatchSize: 5 }, 'BatchSize is not known; the nearest one is batchSize'],
    [{ mixup: {} }, 'mixup.alpha must be a number from 0.01 to 10, got nothing'],
    [{ mixup: { alfa: 0.2 } }, 'mixup.alfa is not known; the nearest one is mixup.alpha'],
    [{ mixup: { alpha: 0.2, x: 1 } }, 'mixup.x is not known; the nearest one is mixup.alpha'],
    [
      { optimizer: { kind: 'lion' } },
      'optimizer must be an object whose kind is one of adam, adamw, sgd, got the kind "lion"',
    ],
    [{ optimizer: 'adam' }, 'optimizer must be an object whose kind is one of adam, adamw, sgd, got "adam"'],
    [
      { optimizer: { kind: 'sgd', nestrov: true } },
      'optimizer.nestrov is not known; the nearest one is optimizer.nesterov',
    ],
    [{ network: { kind: 'file' } }, 'network.path must be the path of a model file, got nothing'],
    [
      { network: { kind: 'residual', widths: [] } },
      'network.widths must be a list of 1 to 8 whole numbers, got a list of 0',
    ],
    [
      { network: { kind: 'residual', widths: [8, 'x'] } },
      'network.widths[1] must be a whole number from 1 to 4096, got "x"',
    ],
    [
      { classWeights: 'fair' },
      'classWeights must be none, balanced, sqrt or an object with a weight for each label, got "fair"',
    ],
    [{ classWeights: { happy: -1 } }, 'classWeights.happy must be a number from 0 to 1000, got -1'],
    [[], 'expected an object, got a list of 0'],
    [null, 'expected an object, got null'],
  ])('names what is wrong with %j', (file, message) => {
    expect(() => parseRecipe(file, 'r.json')).toThrow(
      expect.objectContaining({ code: 'USAGE', message: `r.json: ${message}` }) as Error,
    );
  });

  it('copes with deep and long values', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => parseRecipe({ epochs: deep }, 'r.json')).toThrow(/got a list of 1$/);
    expect(() => parseRecipe({ ['x'.repeat(1_000_000)]: 1 }, 'r.json')).toThrow(/is not known/);
  });
});

it('accepts the recipe of the guide', () => {
  const guide = readFileSync(new URL('../../../../docs/TRAINING.md', import.meta.url), 'utf8');
  const [, json = ''] = /```json\n([^`]*)```/.exec(guide) ?? [];
  expect(parseRecipe(JSON.parse(json), 'TRAINING.md')).toMatchObject({
    preset: 'fer2013',
    learningRate: 0.05,
  });
});

it('publishes the JSON Schema of the code', () => {
  const file: unknown = JSON.parse(
    readFileSync(new URL('../../recipe.schema.json', import.meta.url), 'utf8'),
  );
  expect(file, 'run node scripts/write-recipe-schema.js after a build').toEqual(
    viaJson(createRecipeJsonSchema()),
  );
});
