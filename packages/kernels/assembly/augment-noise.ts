/** Sensor noise for training pictures. */
import { hashLanes, mix } from './hash';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

/** Mean of the sum of eight bytes, and 1 / its standard deviation √(8 · (256² − 1) / 12). */
const MEAN_OF_SUM: i32 = 1020;
const INVERSE_DEVIATION: f32 = 0.0047841955;
/** An arbitrary odd number that makes the second four bytes differ from the first. */
const SECOND_HASH: i32 = 0x9e3779b9;

/** The sum of the four bytes of each lane. */
@inline
function sumOfBytes(words: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(words));
}

@inline
function noiseLanes(x: usize, index: i32, first: v128, second: v128, scale: v128, full: bool): void {
  const hash = hashLanes(index, first, second);
  const sum = i32x4.add(sumOfBytes(hash), sumOfBytes(mix(v128.xor(hash, i32x4.splat(SECOND_HASH)))));
  const centred = f32x4.convert_i32x4_s(i32x4.sub(sum, i32x4.splat(MEAN_OF_SUM)));
  const noisy = multiplyAdd(centred, scale, loadLanes(x, full));
  storeLanes(x, f32x4.pmin(f32x4.splat(255), f32x4.pmax(f32x4.splat(0), noisy)), full);
}

/**
 * x = x + sigma · noise, clamped to 0 … 255, in place; items are elements.
 *
 * The noise is a sum of eight random bytes, normalised to mean 0 and variance 1. Its distribution function is within 0.003
 * of the normal one; no value exceeds 4.9 standard deviations. It depends only on the element's index and the two 32-bit
 * words at `keys`.
 */
export function addNoise(x: usize, keys: usize, sigma: f32, begin: i32, end: i32): void {
  const first = v128.load32_splat(keys);
  const second = v128.load32_splat(keys, 4);
  const scale = f32x4.splat(sigma * INVERSE_DEVIATION);
  let i = begin;
  for (; i + 4 <= end; i += 4) noiseLanes(x + (<usize>i << 2), i, first, second, scale, true);
  for (; i < end; i++) noiseLanes(x + (<usize>i << 2), i, first, second, scale, false);
}
