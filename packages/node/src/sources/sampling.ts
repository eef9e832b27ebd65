/**
 * Which frames are looked at: time from `fromMs` is cut into intervals of `everyMs`, and the first frame of each one is
 * taken, with its own time. So the moments hardly depend on the frame rate, and no time is made up.
 *
 * The rule stands here twice: as an expression for ffmpeg, so that frames that are left out need not be converted and
 * piped, and as a function for what is not decoded by ffmpeg. A test holds that they choose the same.
 */
import type { Sampling } from './source.js';

/** In intervals. Times are fractions such as 512/15360 s: without it 0.6 s could lie just before interval 3 of 200 ms. */
const ROUNDING = 1e-6;
/** Times that differ by less are the same, computed otherwise: ffmpeg counts in seconds, where 8.7 is no round number. */
const SAME_TIME_MS = 1e-3;

export function createSampler(sampling: Sampling): (timestampMs: number) => boolean {
  const { everyMs, fromMs = 0, toMs = Infinity, afterMs } = sampling;
  const slotOf = (timeMs: number) =>
    everyMs === undefined ? timeMs : Math.floor((timeMs - fromMs) / everyMs + ROUNDING);
  let last = afterMs === undefined ? -Infinity : slotOf(afterMs + SAME_TIME_MS);
  return (timeMs) => {
    const slot = slotOf(timeMs);
    if (timeMs < fromMs || timeMs >= toMs || slot <= last) return false;
    last = slot;
    return true;
  };
}

/** The filters that make the same choice; the last one ends the decoding at `toMs`. */
export function toFilters({ everyMs, fromMs = 0, toMs, afterMs }: Sampling): string[] {
  const slotOf = (time: string) =>
    everyMs === undefined ? time : `floor((${time}-${fromMs})/${everyMs}+${ROUNDING})`;
  const isNew = `gt(${slotOf('t*1000')},if(isnan(prev_selected_t),${afterMs === undefined ? '-1e15' : slotOf(String(afterMs + SAME_TIME_MS))},${slotOf('prev_selected_t*1000')}))`;
  return [
    ...(toMs === undefined ? [] : [`trim=end=${toMs / 1000}`]),
    `select='gte(t*1000,${fromMs})*${toMs === undefined ? '1' : `lt(t*1000,${toMs})`}*${isNew}'`,
  ];
}
