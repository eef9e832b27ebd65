/**
 * What `mien train` shows while it works, in the spirit of Keras.
 *
 *   verbose 1   a terminal: a bar that is redrawn in place, and a line for every finished epoch
 *               a file or a pipe: the same line every few seconds instead of a bar
 *   verbose 2   one line for every finished epoch
 *   verbose 0   nothing
 */
import type { BatchProgress, EpochSummary, TrainEvents, TrainingPlan } from '@mien/train';

export const VERBOSITIES = ['0', '1', '2'] as const;
export type Verbosity = (typeof VERBOSITIES)[number];

const BAR_COLUMNS = 20;
/** Ten pictures a second look alive; more only cost time. */
const TERMINAL_INTERVAL_MS = 100;
const FILE_INTERVAL_MS = 10_000;
/** Carriage return, and "erase to the end of the line" (ECMA-48 EL). */
const LINE_START = '\r';
const ERASE_REST = '\u001b[K';

/** Makes the events that write a run's progress. */
export function createTrainProgress(
  stream: NodeJS.WritableStream,
  verbosity: Verbosity,
  now: () => number = () => performance.now(),
): TrainEvents {
  if (verbosity === '0') return {};
  const { isTTY = false } = stream as Partial<NodeJS.WriteStream>;
  const intervalMs = isTTY ? TERMINAL_INTERVAL_MS : FILE_INTERVAL_MS;
  let plan: TrainingPlan | undefined;
  let lastMs = now();
  let barShown = false;

  const line = (text: string): void => {
    stream.write(`${barShown ? LINE_START + ERASE_REST : ''}${text}\n`);
    barShown = false;
  };
  return {
    onStart(started) {
      plan = started;
      const { trainCount, validationCount, threads, epoch, epochs } = started;
      const where = epoch > 1 ? `, going on at epoch ${epoch} of ${epochs}` : `, ${epochs} epochs`;
      const pictures = `training on ${trainCount} pictures, validating on ${validationCount}`;
      line(`${pictures}${where}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`);
    },
    onBatch(progress) {
      if (verbosity !== '1' || now() - lastMs < intervalMs) return;
      lastMs = now();
      const text = `Epoch ${progress.epoch}/${plan?.epochs ?? '?'} ${toBar(progress)}`;
      if (isTTY) {
        stream.write(`${LINE_START}${text}${ERASE_REST}`);
        barShown = true;
      } else {
        line(text);
      }
    },
    onEpoch(summary) {
      line(`Epoch ${summary.epoch}/${plan?.epochs ?? '?'} ${toSummary(summary)}`);
    },
    onCheckpoint(path, kind) {
      if (kind === 'best') line(`  saved ${path}`);
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

/** Minutes and seconds, with hours where there are any. */
export function toClock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = String(whole % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}
