/**
 * The rule of `createFrameSampler` of @mien/core as an expression for ffmpeg, so that other frames need not be converted and
 * piped. A test checks that both select the same frames.
 */
import { SAME_TIME_MS, SLOT_ROUNDING } from '@mien/core';
import type { Sampling } from './source.js';

export { createFrameSampler as createSampler } from '@mien/core';

/** The filters of ffmpeg that make the same selection and end decoding at `toMs`. */
export function toFilters({ everyMs, fromMs = 0, toMs, afterMs }: Sampling): string[] {
  const slotOf = (time: string) =>
    everyMs === undefined ? time : `floor((${time}-${fromMs})/${everyMs}+${SLOT_ROUNDING})`;
  const isNew = `gt(${slotOf('t*1000')},if(isnan(prev_selected_t),${afterMs === undefined ? '-1e15' : slotOf(String(afterMs + SAME_TIME_MS))},${slotOf('prev_selected_t*1000')}))`;
  return [
    ...(toMs === undefined ? [] : [`trim=end=${toMs / 1000}`]),
    `select='gte(t*1000,${fromMs})*${toMs === undefined ? '1' : `lt(t*1000,${toMs})`}*${isNew}'`,
  ];
}
