import type { Recipe } from '@mien/train';
import { parseRecipe } from '@mien/train/recipe';
import { SCRATCH, type TeachSettings } from '../../state/teach-settings.js';
import { SPLITS } from './to-dataset.js';

/** Smaller than the paper's: there are few pictures. */
const GATHERED_BATCH = 16;

/**
 * The recipe that `mien train` would be given. All else is as in the paper.
 *
 * @param isCsv FER2013: the last part of its training split is held out, as in the paper
 * @param replaces whether the model to start from has other labels
 */
export function toRecipe(
  { start, trainable, epochs, learningRate, augments, heldOut, seed }: TeachSettings,
  isCsv: boolean,
  replaces: boolean,
): Recipe {
  const network =
    start === SCRATCH
      ? { kind: 'mini-xception' }
      : { kind: 'file', path: start, trainable, lastLayer: replaces ? 'replace' : 'keep' };
  return parseRecipe(
    {
      ...{ preset: 'paper', network, epochs, learningRate, seed },
      ...(augments ? {} : { augmentation: null }),
      ...(isCsv
        ? { validation: { fraction: heldOut } }
        : { validation: { split: SPLITS[1] }, batchSize: GATHERED_BATCH }),
    },
    'teach',
  );
}
