import { MienError } from '@mien/core';
import { rowsOfSplit, splitsOf, type Dataset, type Rows } from './data/dataset.js';
import type { Validation } from './recipe/recipe.js';

export interface ChosenRows {
  readonly trainRows: Rows;
  readonly validationRows: Rows;
}

/**
 * The rows to train on and those to validate on.
 *
 * A fraction is taken as Keras' `validation_split` does it: the last rows in the order of the file, neither shuffled
 * nor balanced; of n rows the first ⌊n·(1 − fraction)⌋ are trained on.
 *
 * @throws MienError `USAGE` when either would be empty
 */
export function chooseRows(dataset: Dataset, validation: Validation): ChosenRows {
  const [trainSplit = 'train'] = dataset.splitNames;
  const training = rowsOfSplit(dataset, trainSplit);
  const bySplit = 'split' in validation;
  const splitAt = bySplit ? training.length : Math.floor(training.length * (1 - validation.fraction));
  const trainRows = training.subarray(0, splitAt);
  const validationRows = bySplit ? rowsOfSplit(dataset, validation.split) : training.subarray(splitAt);
  if (trainRows.length === 0) {
    throw new MienError(
      'USAGE',
      `train: the data has no rows of the split ${trainSplit} to train on; use data that has`,
    );
  }
  if (bySplit && validation.split === trainSplit) {
    throw new MienError(
      'USAGE',
      `train: ${trainSplit} is the split that is trained on; choose another one, or a part of it, to validate on`,
    );
  }
  if (validationRows.length === 0) {
    const wanted = bySplit
      ? `no rows of the split ${validation.split} (it has ${splitsOf(dataset).join(', ')})`
      : `too few rows of the split ${trainSplit}`;
    const others = splitsOf(dataset).filter((split) => split !== trainSplit);
    const advice = [
      ...(others.length > 0 ? [`${others.join(' or ')} (--val-split)`] : []),
      `a part of ${trainSplit} (--validation-split 0.2)`,
    ];
    throw new MienError(
      'USAGE',
      `train: the data has ${wanted} to validate on; take ${advice.join(', or ')}`,
    );
  }
  return { trainRows, validationRows };
}
