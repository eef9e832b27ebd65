/** Continues an earlier run: where it is, and what of its recipe may change. */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MienError } from '@mien/core';
import { LAST_CHECKPOINTS, loadLastCheckpoint, type Checkpoint, type Recipe } from '@mien/train';
import { createRunFolder, readCheckpoint } from '@mien/train/node';
import { overrideRecipe } from '@mien/train/recipe';
import type { RecipeOptions } from './recipe-options.js';

/** The run of a checkpoint, or of the last checkpoint in a folder. */
export async function findRun(path: string): Promise<{ folder: string; checkpoint: Checkpoint }> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isFolder) return { folder: dirname(path), checkpoint: await readCheckpoint(path) };
  const checkpoint = await loadLastCheckpoint(createRunFolder(path));
  if (checkpoint !== undefined) return { folder: path, checkpoint };
  throw new MienError('NOT_FOUND', `${path}: no ${LAST_CHECKPOINTS[0]} to resume from; give the folder of a run, or a checkpoint`); // prettier-ignore
}

/** The recipe of a resumed run, of which only the number of epochs may change. */
export function toResumedRecipe({ training: { recipe } }: Checkpoint, { epochs }: RecipeOptions): Recipe {
  const { warmupEpochs } = recipe;
  return epochs === undefined ? recipe : overrideRecipe(recipe, { epochs, warmupEpochs }, 'train');
}

/** One line about a changed number of epochs; empty otherwise. */
export function describeExtension({ training }: Checkpoint, { epochs, schedule }: Recipe): string {
  const before = training.recipe.epochs;
  if (epochs === before) return '';
  const effect = schedule === 'cosine' ? `; the cosine schedule is recomputed for ${epochs} epochs` : '';
  return `changing the run from ${before} to ${epochs} epochs${effect}\n`;
}
