/**
 * Loads and stores of four lanes or of one, so that vectors and tails share their code.
 *
 * The inner step of a kernel is written once, takes `full` as its last argument, and is inlined twice: for four lanes,
 * and for the rest of a row with one lane (the other three compute on zeros and are dropped). Tails thus run the same
 * instructions as the main path, fused or not, so results do not depend on where a range is split.
 */

/** Four floats, or one float and three zeros. */
@inline
export function loadLanes(pointer: usize, full: bool): v128 {
  return full ? v128.load(pointer) : v128.load32_zero(pointer);
}

/** Stores four lanes, or the first. */
@inline
export function storeLanes(pointer: usize, value: v128, full: bool): void {
  if (full) v128.store(pointer, value);
  else v128.store32_lane(pointer, value, 0);
}

/** Lanes of `a` where the mask is all ones, lanes of `b` where it is zero. Masks must come from comparisons. */
@inline
export function selectLanes(a: v128, b: v128, mask: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_laneselect(a, b, mask);
  return v128.bitselect(a, b, mask);
}

/** max(x, 0) in one instruction; keeps NaN. */
@inline
export function rectify(x: v128): v128 {
  return f32x4.pmax(x, f32x4.splat(0));
}
