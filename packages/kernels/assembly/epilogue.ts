/** The epilogue of convolutions and matrix products: what happens to a sum before it is stored. */
import { FLAG_ACCUMULATE, FLAG_RELU } from './flags';
import { loadLanes } from './lanes';

/** Adds the old value at `c` and applies ReLU, as the flags say. */
@inline
export function applyEpilogue(sum: v128, c: usize, flags: i32): v128 {
  return applyEpilogueLanes(sum, c, flags, true);
}

/** The same for four lanes or for one. */
@inline
export function applyEpilogueLanes(sum: v128, c: usize, flags: i32, full: bool): v128 {
  let result = sum;
  if (flags & FLAG_ACCUMULATE) result = f32x4.add(loadLanes(c, full), result);
  // pmax(x, 0) is x < 0 ? 0 : x in one instruction, and keeps NaN.
  if (flags & FLAG_RELU) result = f32x4.pmax(result, f32x4.splat(0));
  return result;
}

@inline
export function applyEpilogueScalar(sum: f32, c: usize, flags: i32): f32 {
  let result = sum;
  if (flags & FLAG_ACCUMULATE) result = load<f32>(c) + result;
  if (flags & FLAG_RELU) result = result < 0 ? 0 : result;
  return result;
}

/** Stores the first `columns` of eight sums. */
export function storePartialRow(y: usize, low: v128, high: v128, columns: i32, flags: i32): void {
  if (columns < 4) {
    storePartialLanes(y, low, columns, flags);
    return;
  }
  v128.store(y, applyEpilogue(low, y, flags));
  if (columns >= 8) v128.store(y, applyEpilogue(high, y + 16, flags), 16);
  else storePartialLanes(y + 16, high, columns - 4, flags);
}

/** Stores the first `count` of four sums, 0 to 3. */
@inline
function storePartialLanes(y: usize, sums: v128, count: i32, flags: i32): void {
  if (count > 0) store<f32>(y, applyEpilogueScalar(f32x4.extract_lane(sums, 0), y, flags));
  if (count > 1) store<f32>(y, applyEpilogueScalar(f32x4.extract_lane(sums, 1), y + 4, flags), 4);
  if (count > 2) store<f32>(y, applyEpilogueScalar(f32x4.extract_lane(sums, 2), y + 8, flags), 8);
}
