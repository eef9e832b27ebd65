/**
 * Selects the frames to analyse: time from `fromMs` is divided into intervals of `everyMs`, and the first frame of each
 * interval is taken, with its own time. So the selection hardly depends on the frame rate, and no times are invented.
 *
 * The rule is implemented twice: as an expression for ffmpeg, so that other frames need not be converted and piped, and as
 * a function for sources that ffmpeg does not decode. A test checks that both select the same frames.
 */
import type { Sampling } from './source.js';

/** In intervals. Times are fractions such as 512/15360 s: without it, 0.6 s could be just before interval 3 of 200 ms. */
const ROUNDING = 1e-6;
/** Times that differ by less are equal: ffmpeg counts in seconds, and 8.7 has no exact binary representation. */
const SAME_TIME_MS = 1e-3;

export function createSampler(sampling: Sampling): (timestampMs: number) => boolean {
  const { everyMs, fromMs = 0, toMs = Infinity, afterMs } = sampling;
  if (everyMs === undefined) {
    // Every frame, also two with the same time.
    const startMs = afterMs === undefined ? -Infinity : afterMs + SAME_TIME_MS;
    return (timeMs) => timeMs >= fromMs && timeMs < toMs && timeMs > startMs;
  }
  const slotOf = (timeMs: number) => Math.floor((timeMs - fromMs) / everyMs + ROUNDING);
  let last = afterMs === undefined ? -Infinity : slotOf(afterMs + SAME_TIME_MS);
  return (timeMs) => {
    const slot = slotOf(timeMs);
    if (timeMs < fromMs || timeMs >= toMs || slot <= last) return false;
    last = slot;
    return true;
  };
}

/** The filters of ffmpeg that make the same selection and end decoding at `toMs`. */
export function toFilters({ everyMs, fromMs = 0, toMs, afterMs }: Sampling): string[] {
  const slotOf = (time: string) => `floor((${time}-${fromMs})/${everyMs}+${ROUNDING})`;
  const start = afterMs === undefined ? '-1e15' : String(afterMs + SAME_TIME_MS);
  const isNew =
    everyMs === undefined
      ? `gt(t*1000,${start})`
      : `gt(${slotOf('t*1000')},if(isnan(prev_selected_t),${afterMs === undefined ? start : slotOf(start)},${slotOf('prev_selected_t*1000')}))`;
  return [
    ...(toMs === undefined ? [] : [`trim=end=${toMs / 1000}`]),
    `select='gte(t*1000,${fromMs})*${toMs === undefined ? '1' : `lt(t*1000,${toMs})`}*${isNew}'`,
  ];
}
