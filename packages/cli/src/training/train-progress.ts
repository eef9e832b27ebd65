/**
 * Progress output of `mien train`, similar to Keras.
 *
 *   verbose 1   a bar (see progress-line.ts), and a line per epoch
 *   verbose 2   one line per epoch
 *   verbose 0   nothing
 */
import { toClock, toCounted } from '@mien/results';
import type { BatchProgress, EpochSummary, TrainEvents, TrainingPlan } from '@mien/train';
import { createProgressLine } from '../terminal/progress-line.js';

export const VERBOSITIES = ['0', '1', '2'] as const;
export type Verbosity = (typeof VERBOSITIES)[number];

const BAR_COLUMNS = 20;

/**
 * Creates event handlers that print the progress of a run.
 *
 * @param now a clock in milliseconds
 */
export function createTrainProgress(
  stream: NodeJS.WritableStream,
  verbosity: Verbosity,
  now?: () => number,
): TrainEvents {
  if (verbosity === '0') return {};
  const line = createProgressLine(stream, now);
  let plan: TrainingPlan | undefined;
  return {
    onStart(started) {
      plan = started;
      const { trainCount, validationCount, unusedCount, repeatedCount, threads, epoch, epochs } = started;
      const course =
        epoch === 1
          ? toCounted(epochs, 'epoch')
          : epoch > epochs
            ? `all ${toCounted(epochs, 'epoch')} complete`
            : `resuming at epoch ${epoch} of ${epochs}`;
      const pictures = `training on ${toCounted(trainCount, 'picture')}, validating on ${validationCount}`;
      const unused = unusedCount > 0 ? `, leaving out ${unusedCount}` : '';
      line.print(`${pictures}${unused}, ${course}, ${toCounted(threads, 'thread')}`);
      if (repeatedCount >= validationCount / 2) {
        line.print(`${repeatedCount} of the ${validationCount} validation pictures are also trained on, byte for byte: their figures say nothing about new pictures`); // prettier-ignore
      }
    },
    onBatch(progress) {
      if (verbosity !== '1') return;
      line.update(() => `Epoch ${progress.epoch}/${plan?.epochs ?? '?'} ${toBar(progress)}`);
    },
    onEpoch(summary) {
      line.print(`Epoch ${summary.epoch}/${plan?.epochs ?? '?'} ${toSummary(summary)}`);
    },
    onCheckpoint(path, kind) {
      if (kind === 'best') line.print(`  saved ${path}`);
    },
  };
}

/** `12/718 [===>....] loss 1.5210 acc 0.412 410 img/s ETA 1:23` */
export function toBar({
  batch,
  batches,
  loss,
  accuracy,
  imagesPerSecond,
  secondsLeft,
}: BatchProgress): string {
  const filled = Math.floor((batch / batches) * BAR_COLUMNS);
  const bar =
    filled === BAR_COLUMNS ? '='.repeat(BAR_COLUMNS) : `${'='.repeat(filled)}>`.padEnd(BAR_COLUMNS, '.');
  const count = String(batch).padStart(String(batches).length);
  return [
    `${count}/${batches} [${bar}]`,
    `loss ${loss.toFixed(4)} acc ${accuracy.toFixed(3)}`,
    `${imagesPerSecond.toFixed(0)} img/s ETA ${toClock(secondsLeft)}`,
  ].join(' ');
}

function toSummary({ loss, accuracy, valLoss, valAccuracy, learningRate, seconds }: EpochSummary): string {
  return [
    toClock(seconds),
    `loss ${loss.toFixed(4)} acc ${accuracy.toFixed(4)}`,
    `val_loss ${valLoss.toFixed(4)} val_acc ${valAccuracy.toFixed(4)}`,
    `lr ${learningRate.toPrecision(3)}`,
  ].join('  ');
}
