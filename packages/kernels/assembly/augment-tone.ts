/** Tone curves for training pictures with greys 0 … 255: gamma, contrast and brightness in one. */
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

const LAST_GREY: f32 = 255;

/** The float at each of four indices. */
@inline
function gather(table: usize, index: v128): v128 {
  let values = v128.load32_zero(table + (<usize>i32x4.extract_lane(index, 0) << 2));
  values = v128.load32_lane(table + (<usize>i32x4.extract_lane(index, 1) << 2), values, 1);
  values = v128.load32_lane(table + (<usize>i32x4.extract_lane(index, 2) << 2), values, 2);
  return v128.load32_lane(table + (<usize>i32x4.extract_lane(index, 3) << 2), values, 3);
}

@inline
function toneLanes(x: usize, curve: usize, full: bool): void {
  const top = f32x4.splat(LAST_GREY);
  const grey = f32x4.pmin(top, f32x4.pmax(f32x4.splat(0), loadLanes(x, full)));
  // 255 is the end of the last segment.
  const lower = i32x4.min_s(i32x4.trunc_sat_f32x4_s(grey), i32x4.splat(254));
  const low = gather(curve, lower);
  const rise = f32x4.sub(gather(curve + 4, lower), low);
  storeLanes(x, multiplyAdd(rise, f32x4.sub(grey, f32x4.convert_i32x4_s(lower)), low), full);
}

/**
 * x = curve(x) in place. `curve` holds the values at the 256 integer greys, with linear interpolation in between; x is
 * clamped to 0 … 255. Items are elements.
 */
export function toneCurve(x: usize, curve: usize, begin: i32, end: i32): void {
  let i = begin;
  for (; i + 4 <= end; i += 4) toneLanes(x + (<usize>i << 2), curve, true);
  for (; i < end; i++) toneLanes(x + (<usize>i << 2), curve, false);
}
