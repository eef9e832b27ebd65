/**
 * Everything that decides how a training run goes, as one plain record.
 *
 * A recipe and a dataset determine the weights bit for bit (on one build of the kernels); it travels inside every
 * checkpoint, and a run is resumed with the recipe that it was started with. Presets are recipes with a name.
 */
import { MienError } from '@mien/core';
import { PAPER_AUGMENTATION, type Augmentation } from './augment/affine.js';
import type { Split } from './data/dataset.js';
import { FieldReader } from './field-reader.js';

export const SCHEDULES = ['constant', 'cosine'] as const;
export type Schedule = (typeof SCHEDULES)[number];

export const MONITORS = ['val_loss', 'val_accuracy'] as const;
/** What decides whether an epoch is better than all before it. */
export type Monitor = (typeof MONITORS)[number];

/** Where validation pictures come from: the last part of Training, which is then not trained on, or another split. */
export type Validation = { readonly fraction: number } | { readonly split: Exclude<Split, 'Training'> };

export interface Recipe {
  /** What the recipe is called in logs. */
  readonly preset: string;
  /** Decides initial weights, order of pictures and augmentation. */
  readonly seed: number;
  /** Pictures in one update. */
  readonly batchSize: number;
  /** Epochs at most (`num_epochs` in the paper). */
  readonly epochs: number;
  /** Epochs without improvement after which training stops. */
  readonly patience: number;
  /** Adam's learning rate, the highest of the schedule. */
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Epochs (also parts of one) over which the rate rises from 0; 0 for none. */
  readonly warmupEpochs: number;
  /** Part of each target that is spread evenly over all classes. */
  readonly labelSmoothing: number;
  /** Decay per update of the moving average of the weights, which is then what is validated and saved; 0 for none. */
  readonly emaDecay: number;
  /** `null` for none. */
  readonly augmentation: Augmentation | null;
  readonly validation: Validation;
  readonly monitor: Monitor;
}

export const PRESETS = {
  /** Table 1 of the paper; Adam and augmentation as in its training script. */
  paper: {
    preset: 'paper',
    seed: 1,
    batchSize: 32,
    epochs: 50,
    patience: 10_000,
    learningRate: 0.001,
    schedule: 'constant',
    warmupEpochs: 0,
    labelSmoothing: 0,
    emaDecay: 0,
    augmentation: PAPER_AUGMENTATION,
    validation: { fraction: 0.2 },
    monitor: 'val_loss',
  },
  /** All of Training, chosen on PublicTest; what the shipped weights come from. */
  fer2013: {
    preset: 'fer2013',
    seed: 1,
    batchSize: 32,
    epochs: 60,
    patience: 10_000,
    learningRate: 0.002,
    schedule: 'cosine',
    warmupEpochs: 1,
    labelSmoothing: 0,
    emaDecay: 0.999,
    augmentation: PAPER_AUGMENTATION,
    validation: { split: 'PublicTest' },
    monitor: 'val_loss',
  },
} as const satisfies Record<string, Recipe>;

export type PresetName = keyof typeof PRESETS;

/**
 * The learning rate of one update.
 *
 * Constant, or falling from the full rate to 0 along half a cosine over all epochs; both after a linear rise over the
 * warm-up. Ref: Loshchilov, Hutter 2017, "SGDR", equation 5, without restarts.
 *
 * @param step updates before this one, over all epochs
 * @param stepsPerEpoch updates in one epoch
 */
export function learningRateAt(recipe: Recipe, step: number, stepsPerEpoch: number): number {
  const warmupSteps = recipe.warmupEpochs * stepsPerEpoch;
  if (step < warmupSteps) return (recipe.learningRate * (step + 1)) / Math.ceil(warmupSteps);
  switch (recipe.schedule) {
    case 'constant':
      return recipe.learningRate;
    case 'cosine': {
      const progress = (step - warmupSteps) / (recipe.epochs * stepsPerEpoch - warmupSteps);
      return recipe.learningRate * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
    }
    default:
      return recipe.schedule satisfies never;
  }
}

/**
 * Checks a recipe that comes from outside: a command line or a checkpoint.
 *
 * @param source whom messages name
 * @param code of the error: `USAGE` for a command line, `MODEL_INVALID` for a file
 */
export function parseRecipe(
  value: unknown,
  source: string,
  code: 'USAGE' | 'MODEL_INVALID' = 'USAGE',
): Recipe {
  const reader = new FieldReader(value, source, code);
  const augmentation = reader.optionalRecord('augmentation');
  const validation = reader.record('validation');
  const recipe: Recipe = {
    preset: reader.text('preset'),
    seed: reader.whole('seed', 0, Number.MAX_SAFE_INTEGER),
    batchSize: reader.whole('batchSize', 1, 4096),
    epochs: reader.whole('epochs', 1, 100_000),
    patience: reader.whole('patience', 1, Number.MAX_SAFE_INTEGER),
    learningRate: reader.number('learningRate', 0, 10),
    schedule: reader.oneOf('schedule', SCHEDULES),
    warmupEpochs: reader.number('warmupEpochs', 0, 100_000),
    labelSmoothing: reader.number('labelSmoothing', 0, 0.9),
    emaDecay: reader.number('emaDecay', 0, 0.999_999),
    augmentation:
      augmentation === null
        ? null
        : {
            rotationDeg: augmentation.number('rotationDeg', 0, 180),
            shift: augmentation.number('shift', 0, 1),
            zoom: augmentation.number('zoom', 0, 0.9),
            horizontalFlip: augmentation.boolean('horizontalFlip'),
          },
    validation: validation.has('split')
      ? {
          split: validation.oneOf('split', ['PublicTest', 'PrivateTest'] satisfies Exclude<
            Split,
            'Training'
          >[]),
        }
      : { fraction: validation.number('fraction', 0.001, 0.9) },
    monitor: reader.oneOf('monitor', MONITORS),
  };
  if (recipe.warmupEpochs >= recipe.epochs && recipe.warmupEpochs > 0) {
    throw new MienError(
      code,
      `${source}: warmupEpochs (${recipe.warmupEpochs}) must be fewer than epochs (${recipe.epochs})`,
    );
  }
  return recipe;
}
