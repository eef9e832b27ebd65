import { MienError } from '@mien/core';
import { readFileBytes } from '@mien/node/files';
import type { PresetName, Recipe } from '@mien/train';
import { parseRecipe } from '@mien/train/recipe';

/** A thousand times what a recipe needs. */
const MAX_RECIPE_BYTES = 2 ** 20;

export interface RecipeSource {
  /** Path of a recipe file. */
  readonly recipe?: string;
  /** Takes the place of the file's; without a file it is the recipe. */
  readonly preset?: PresetName;
}

/**
 * The recipe of a file, or a preset.
 *
 * @param actor whom messages name where there is no file
 * @throws MienError `INPUT_UNREADABLE`, `INPUT_TOO_LARGE` or `USAGE`
 */
export async function readRecipe({ recipe: path, preset }: RecipeSource, actor: string): Promise<Recipe> {
  const written = path === undefined ? {} : await readRecipeFile(path);
  const isChanged = preset !== undefined && typeof written === 'object' && !Array.isArray(written);
  return parseRecipe(isChanged ? { ...written, preset } : written, path ?? actor);
}

/**
 * What a recipe file holds, unchecked.
 *
 * @throws MienError `INPUT_UNREADABLE`, `INPUT_TOO_LARGE`, or `USAGE` when it is no JSON
 */
export async function readRecipeFile(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readFileBytes(path, MAX_RECIPE_BYTES));
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MienError('USAGE', `${path}: is not JSON${describePlace(text, cause)}; correct it`, { cause });
  }
}

/** Where the parser gave up, as an editor counts; in its own words where it does not say. */
function describePlace(text: string, cause: unknown): string {
  const message = cause instanceof Error ? cause.message : '';
  const position = /position (\d+)/.exec(message)?.[1];
  if (position === undefined) return ` (${message.replace(/\s+/g, ' ')})`;
  const before = text.slice(0, Number(position));
  const line = before.split('\n').length;
  return ` at line ${line}, column ${before.length - before.lastIndexOf('\n')}`;
}
