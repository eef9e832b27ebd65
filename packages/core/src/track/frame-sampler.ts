/**
 * Selects the frames of a video to analyse: time from `fromMs` is divided into intervals of `everyMs`, and the first frame of
 * each interval is taken, with its own time. So the selection hardly depends on the frame rate, and no times are invented.
 */
export interface FrameSampling {
  /** Length of an interval in milliseconds; absent for every frame. */
  readonly everyMs?: number | undefined;
  /** Default 0. */
  readonly fromMs?: number | undefined;
  /** Frames from this time on are left out. */
  readonly toMs?: number | undefined;
  /** Goes on after the frame of this time. */
  readonly afterMs?: number | undefined;
}

/** In intervals. Times are fractions such as 512/15360 s: without it, 0.6 s could be just before interval 3 of 200 ms. */
export const SLOT_ROUNDING = 1e-6;
/** Times that differ by less are equal: ffmpeg counts in seconds, and 8.7 has no exact binary representation. */
export const SAME_TIME_MS = 1e-3;

/** @returns whether the frame of a time is taken; to be asked once for each frame, in the order of their times */
export function createFrameSampler(sampling: FrameSampling): (timestampMs: number) => boolean {
  const { everyMs, fromMs = 0, toMs = Infinity, afterMs } = sampling;
  const slotOf = (timeMs: number) =>
    everyMs === undefined ? timeMs : Math.floor((timeMs - fromMs) / everyMs + SLOT_ROUNDING);
  let last = afterMs === undefined ? -Infinity : slotOf(afterMs + SAME_TIME_MS);
  return (timeMs) => {
    const slot = slotOf(timeMs);
    if (timeMs < fromMs || timeMs >= toMs || slot <= last) return false;
    last = slot;
    return true;
  };
}
