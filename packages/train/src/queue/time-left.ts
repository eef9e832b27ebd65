/**
 * How long a queue will take, from the time of the epochs trained so far.
 *
 * An epoch of another network is expected to take as many times as long as it has more multiply-accumulates.
 */

export interface EpochCost {
  /** Multiply-accumulates of one forward pass; the unit cancels out. */
  readonly macs: number;
  readonly trained: number;
  readonly trainedSeconds: number;
  readonly left: number;
}

/** Seconds until all runs are complete; `undefined` before any epoch was timed. */
export function secondsLeft(runs: readonly EpochCost[]): number | undefined {
  const trainedMacs = sum(runs, ({ macs, trained }) => macs * trained);
  if (trainedMacs === 0) return undefined;
  const rate = sum(runs, ({ trainedSeconds }) => trainedSeconds) / trainedMacs;
  // A run that has epochs of its own goes by them.
  return sum(runs, ({ macs, trained, trainedSeconds, left }) =>
    trained > 0 ? (trainedSeconds / trained) * left : rate * macs * left,
  );
}

function sum(runs: readonly EpochCost[], of: (run: EpochCost) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}
