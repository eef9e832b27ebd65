/** The recipe of a new run, by the options of `mien train`. */
import { basename, extname, join } from 'node:path';
import type { Recipe } from '@mien/train';
import { overrideRecipe } from '@mien/train/recipe';
import { readRecipe, type RecipeSource } from './read-recipe.js';

export interface RecipeOptions extends RecipeSource {
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly patience?: number;
  readonly validationSplit?: number;
  readonly heldOut?: number;
  readonly valSplit?: string;
  readonly seed?: number;
  readonly inputSize?: number;
}

/** The recipe of the file or preset, with the changes of the command line. */
export async function toRecipe(options: RecipeOptions): Promise<Recipe> {
  const base = await readRecipe(options, 'train');
  const { epochs, batchSize, learningRate, patience, seed, inputSize, validationSplit, heldOut, valSplit } =
    options;
  const validation =
    valSplit !== undefined
      ? { split: valSplit }
      : heldOut !== undefined
        ? { heldOut }
        : validationSplit !== undefined
          ? { fraction: validationSplit }
          : undefined;
  const changes = { epochs, batchSize, learningRate, patience, seed, inputSize, validation };
  return overrideRecipe(base, changes, 'train');
}

/** Where a run goes that was given no folder. */
export function defaultFolder({ recipe, preset = 'paper' }: RecipeOptions): string {
  return join('runs', recipe === undefined ? preset : basename(recipe, extname(recipe)));
}
