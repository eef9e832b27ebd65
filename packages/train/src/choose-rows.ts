import { MienError } from '@mien/core';
import { allRows, rowsOfSplit, splitsOf, type Dataset, type Rows } from './data/dataset.js';
import { splitHeldOut } from './data/held-out.js';
import type { Validation } from './recipe/recipe.js';

export interface ChosenRows {
  readonly trainRows: Rows;
  readonly validationRows: Rows;
}

/**
 * The rows for training and for validation.
 *
 * `fraction` works like Keras' `validation_split`: the last rows in the order of the file, neither shuffled nor balanced;
 * the first ⌊n·(1 − fraction)⌋ of n rows are for training. `fractionOfAll` does the same with all rows, whatever their
 * splits, as the training script of the paper's authors does. `heldOut` chooses rows by the content of the pictures
 * (data/held-out.ts).
 *
 * @throws MienError `USAGE` when either would be empty
 */
export function chooseRows(dataset: Dataset, validation: Validation): ChosenRows {
  const [trainSplit = 'train'] = dataset.splitNames;
  const training = rowsOfSplit(dataset, trainSplit);
  const bySplit = 'split' in validation;
  const [trainRows, validationRows] = divide(dataset, training, validation);
  if (trainRows.length === 0) {
    throw new MienError(
      'USAGE',
      `train: the data has no rows of the training split ${trainSplit}; use other data`,
    );
  }
  if (bySplit && validation.split === trainSplit) {
    throw new MienError(
      'USAGE',
      `train: ${trainSplit} is the training split; validate on another split, or on a part of it`,
    );
  }
  if (validationRows.length === 0) {
    const wanted = bySplit
      ? `no rows of the split ${validation.split} (it has ${splitsOf(dataset).join(', ')})`
      : `too few rows of the split ${trainSplit}`;
    const others = splitsOf(dataset).filter((split) => split !== trainSplit);
    const advice = [
      ...(others.length > 0 ? [`${others.join(' or ')} (--val-split)`] : []),
      `a part of ${trainSplit} (--held-out 0.1 or --validation-split 0.2)`,
    ];
    throw new MienError('USAGE', `train: the data has ${wanted} to validate on; use ${advice.join(', or ')}`);
  }
  return { trainRows, validationRows };
}

function divide(dataset: Dataset, training: Rows, validation: Validation): readonly [Rows, Rows] {
  if ('fractionOfAll' in validation) {
    const rows = allRows(dataset);
    const splitAt = Math.floor(rows.length * (1 - validation.fractionOfAll));
    return [rows.subarray(0, splitAt), rows.subarray(splitAt)];
  }
  if ('split' in validation) return [training, rowsOfSplit(dataset, validation.split)];
  if ('heldOut' in validation) {
    const { kept, heldOut } = splitHeldOut(dataset, training, validation.heldOut);
    return [kept, heldOut];
  }
  const splitAt = Math.floor(training.length * (1 - validation.fraction));
  return [training.subarray(0, splitAt), training.subarray(splitAt)];
}
