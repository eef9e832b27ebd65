/** Parses recipes from files, command lines and checkpoints. Errors are one line that names the field. */
import { MienError } from '@mien/core';
import { NO_AUGMENTATION } from '../augment/augmentation.js';
import { parseWith } from './parse-with.js';
import { PRESETS } from './presets.js';
import { recipeFileSchema, type Recipe, type RecipeFile } from './recipe.js';

type RecipeErrorCode = 'USAGE' | 'MODEL_INVALID';

/**
 * Parses a recipe file. Missing fields are those of its preset, by default `paper`; a complete recipe is returned as it is.
 *
 * @param source the name in messages, such as the file
 * @param code of the error: `USAGE` for files and command lines, `MODEL_INVALID` for checkpoints
 * @example
 * parseRecipe({ preset: 'fer2013', epochs: 80, mixup: { alpha: 0.2 } }, 'recipe.json').learningRate; // 0.002
 */
export function parseRecipe(value: unknown, source: string, code: RecipeErrorCode = 'USAGE'): Recipe {
  const file: RecipeFile = parseWith(recipeFileSchema, value, source, code);
  return merge(PRESETS[file.preset ?? 'paper'], file, source, code);
}

/**
 * A recipe with some of its fields changed.
 *
 * @param changes as in a recipe file
 */
export function overrideRecipe(base: Recipe, changes: unknown, source: string): Recipe {
  return merge(base, parseWith(recipeFileSchema, changes, source, 'USAGE'), source, 'USAGE');
}

/** Replaces whole fields, except for `augmentation`, whose named strengths are replaced. */
function merge(base: Recipe, changes: RecipeFile, source: string, code: RecipeErrorCode): Recipe {
  const { augmentation, ...fields } = changes;
  delete fields.$schema; // only for editors
  // A preset's warm-up must not prevent short trials.
  const { epochs = base.epochs, warmupEpochs = Math.min(base.warmupEpochs, epochs / 2) } = fields;
  const recipe: Recipe = {
    ...base,
    ...withoutUndefined(fields),
    warmupEpochs,
    augmentation:
      augmentation === undefined
        ? base.augmentation
        : augmentation && { ...(base.augmentation ?? NO_AUGMENTATION), ...withoutUndefined(augmentation) },
  };
  if (recipe.warmupEpochs >= recipe.epochs) {
    throw new MienError(
      code,
      `${source}: warmupEpochs (${recipe.warmupEpochs}) must be fewer than epochs (${recipe.epochs})`,
    );
  }
  return recipe;
}

function withoutUndefined<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
