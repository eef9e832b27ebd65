/** Recipes from outside: a file, a command line, a checkpoint. What is wrong becomes one line that names the place. */
import { MienError } from '@mien/core';
import { NO_AUGMENTATION } from '../augment/augmentation.js';
import { parseWith } from './parse-with.js';
import { PRESETS } from './presets.js';
import { recipeFileSchema, type Recipe, type RecipeFile } from './recipe.js';

type RecipeErrorCode = 'USAGE' | 'MODEL_INVALID';

/**
 * Completes a recipe file: what it does not say is the preset's that it names, `paper`'s where it names none. A recipe
 * that says everything stays as it is.
 *
 * @param source whom messages name, such as the file
 * @param code of the error: `USAGE` for what a person wrote, `MODEL_INVALID` for what a checkpoint holds
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

/** A field replaces the other one whole; of augmentation, the strengths that are named. */
function merge(base: Recipe, changes: RecipeFile, source: string, code: RecipeErrorCode): Recipe {
  const { augmentation, ...fields } = changes;
  delete fields.$schema; // It is the editor's.
  // A preset's warm-up must not make a short trial impossible.
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
