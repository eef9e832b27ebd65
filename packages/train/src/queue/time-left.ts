/**
 * Estimates the remaining time of a queue from the epochs so far.
 *
 * For networks without timings, the time of an epoch is assumed to be proportional to their multiply-accumulates.
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
  // Runs with timed epochs use their own.
  return sum(runs, ({ macs, trained, trainedSeconds, left }) =>
    trained > 0 ? (trainedSeconds / trained) * left : rate * macs * left,
  );
}

function sum(runs: readonly EpochCost[], of: (run: EpochCost) => number): number {
  return runs.reduce((total, run) => total + of(run), 0);
}
