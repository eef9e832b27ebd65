/**
 * Dropout without a stored mask: whether an element is kept depends only on its index and two key words.
 *
 * The mask is thus the same for any split of the elements, and the backward pass applies the same kernel to the gradient.
 */
import { hashLanes } from './hash';
import { loadLanes, storeLanes } from './lanes';

@inline
function dropoutLanes(
  x: usize, y: usize,
  index: i32, first: v128, second: v128, threshold: v128, scale: v128, full: bool,
): void {
  const kept = i32x4.ge_u(hashLanes(index, first, second), threshold);
  storeLanes(y, v128.and(f32x4.mul(loadLanes(x, full), scale), kept), full);
}

/**
 * y = x · scale, or 0 where the element's hash, uniform in 0 … 2³² − 1, is below `threshold` (unsigned, rate · 2³²).
 * `keys` points at two 32-bit words that change with every step. Items are elements; in place is allowed.
 */
export function dropout(
  x: usize, y: usize, keys: usize,
  threshold: i32, scale: f32, begin: i32, end: i32,
): void {
  const first = v128.load32_splat(keys);
  const second = v128.load32_splat(keys, 4);
  const thresholds = i32x4.splat(threshold);
  const scales = f32x4.splat(scale);
  let i = begin;
  for (; i + 4 <= end; i += 4) {
    const at = <usize>i << 2;
    dropoutLanes(x + at, y + at, i, first, second, thresholds, scales, true);
  }
  for (; i < end; i++) {
    const at = <usize>i << 2;
    dropoutLanes(x + at, y + at, i, first, second, thresholds, scales, false);
  }
}
