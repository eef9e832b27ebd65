/**
 * Finds the parts of a recording that damage has taken away: steps between frames that are much longer than usual, in a
 * recording of which ffmpeg says that something is wrong. A long step without any complaint is a variable frame rate.
 */

export interface Damage {
  /** Parts without frames, in the order of their times. */
  readonly gaps: readonly Gap[];
  /** What ffmpeg said first. */
  readonly reason: string;
}

export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface GapFinder {
  /** The time of the next decoded frame. */
  frame(timestampMs: number): void;
  /** An error message of the decoder or container. */
  trouble(reason: string): void;
  /** `undefined` if no frame is missing. */
  damage(): Damage | undefined;
}

/** A step is a gap if it is so many times as long as the usual one, and at least so much longer. */
const LONG_STEPS = 2.5;
const MIN_GAP_MS = 100;
const MOST_GAPS = 1000;
/** The usual step is the median of the last ones. */
const REMEMBERED_STEPS = 15;

export function createGapFinder(): GapFinder {
  const gaps: Gap[] = [];
  const steps: number[] = [];
  let lastMs: number | undefined;
  let reason: string | undefined;
  return {
    frame(timestampMs) {
      if (lastMs !== undefined) {
        const step = timestampMs - lastMs;
        const usual = median(steps);
        const isGap = usual !== undefined && step > Math.max(usual * LONG_STEPS, usual + MIN_GAP_MS);
        if (isGap && gaps.length < MOST_GAPS) gaps.push({ fromMs: lastMs, toMs: timestampMs });
        steps.push(step);
        if (steps.length > REMEMBERED_STEPS) steps.shift();
      }
      lastMs = timestampMs;
    },
    trouble(said) {
      // Before its first frame, a recording that was started in the middle of a stream has harmless ones.
      if (lastMs !== undefined) reason ??= said;
    },
    damage: () => (reason !== undefined && gaps.length > 0 ? { gaps, reason } : undefined),
  };
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
