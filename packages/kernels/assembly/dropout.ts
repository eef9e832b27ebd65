/**
 * Dropout whose mask is never stored: whether an element stays follows from its index and two key words alone.
 *
 * The mask is thus the same for any split of the elements, and the backward pass is the forward pass of the gradient.
 * Ref: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3" (counter-based generators); the mixing
 * function is MurmurHash3's 32-bit finaliser, A. Appleby.
 */
import { loadLanes, storeLanes } from './lanes';

/** Every bit of the input reaches every bit of the output. */
@inline
function mix(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

@inline
function dropoutLanes(
  x: usize,
  y: usize,
  index: i32,
  first: v128,
  second: v128,
  threshold: v128,
  scale: v128,
  full: bool,
): void {
  const counter = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  const hash = mix(v128.xor(mix(v128.xor(counter, first)), second));
  const kept = i32x4.ge_u(hash, threshold);
  storeLanes(y, v128.and(f32x4.mul(loadLanes(x, full), scale), kept), full);
}

/**
 * y = x · scale, or 0 where the element's hash, uniform in 0 … 2³² − 1, is below `threshold` (unsigned: rate · 2³²);
 * `keys` points at two 32-bit words that change from step to step. Items are elements; in place allowed.
 */
export function dropout(
  x: usize,
  y: usize,
  keys: usize,
  threshold: i32,
  scale: f32,
  begin: i32,
  end: i32,
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
