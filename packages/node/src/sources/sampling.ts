/**
 * The rule of `createFrameSampler` of @mien/core as an expression for ffmpeg, so that other frames need not be converted and
 * piped. A test checks that both select the same frames.
 */
import { createFrameSampler, SAME_TIME_MS, SLOT_ROUNDING } from '@mien/core';
import type { Sampling } from './source.js';

/** As `createFrameSampler`; without an interval it takes every frame, also two with the same time, as damaged files have. */
export function createSampler(sampling: Sampling): (timestampMs: number) => boolean {
  const { everyMs, fromMs = 0, toMs = Infinity, afterMs } = sampling;
  if (everyMs !== undefined) return createFrameSampler(sampling);
  const startMs = afterMs === undefined ? -Infinity : afterMs + SAME_TIME_MS;
  return (timeMs) => timeMs >= fromMs && timeMs < toMs && timeMs > startMs;
}

/** The filters of ffmpeg that make the same selection and end decoding at `toMs`. */
export function toFilters({ everyMs, fromMs = 0, toMs, afterMs }: Sampling): string[] {
  const slotOf = (time: string) => `floor((${time}-${fromMs})/${everyMs}+${SLOT_ROUNDING})`;
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
