import type { EpochSummary } from './training-state.js';

const COLUMNS = 'epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds';

/**
 * The log of a run as CSV, with the column names of Keras' CSVLogger; epochs count from 1, as in the names of
 * checkpoints. Every number is written with all its digits but the seconds, which are rounded to tenths.
 */
export function toCsvLog(history: readonly EpochSummary[]): string {
  const lines = history.map((epoch) =>
    [
      epoch.epoch,
      epoch.loss,
      epoch.accuracy,
      epoch.valLoss,
      epoch.valAccuracy,
      epoch.learningRate,
      epoch.seconds.toFixed(1),
    ].join(','),
  );
  return [COLUMNS, ...lines, ''].join('\n');
}
