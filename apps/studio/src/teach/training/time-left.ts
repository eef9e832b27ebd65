/** How long a training run will go on. */
import type { BatchProgress, EpochSummary } from '@mien/train';

interface Course {
  /** Of the whole run. */
  readonly epochs: number;
  /** Pictures of an epoch. */
  readonly trainCount: number;
  readonly history: readonly EpochSummary[];
  /** The last batch; `undefined` before the first. */
  readonly now: BatchProgress | undefined;
}

/** @returns seconds, by the mean of the epochs so far and the pace of the current one; `undefined` before the first batch */
export function secondsLeft({ epochs, trainCount, history, now }: Course): number | undefined {
  const inEpoch =
    now !== undefined && now.epoch > history.length && now.imagesPerSecond > 0 ? now : undefined;
  const done = history.reduce((sum, { seconds }) => sum + seconds, 0);
  const perEpoch =
    history.length > 0 ? done / history.length : inEpoch && trainCount / inEpoch.imagesPerSecond;
  if (perEpoch === undefined) return undefined;
  const whole = epochs - history.length;
  return inEpoch === undefined ? perEpoch * whole : perEpoch * (whole - 1) + inEpoch.secondsLeft;
}
