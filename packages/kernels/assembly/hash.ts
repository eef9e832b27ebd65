/**
 * Random bits without a state: a number's hash is its draw, so that any split of the numbers gives the same draws.
 *
 * Ref: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3" (counter-based generators); the mixing
 * function is MurmurHash3's 32-bit finaliser, A. Appleby.
 */

/** Every bit of the input reaches every bit of the output. */
@inline
export function mix(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** 32 bits for each of the numbers index … index + 3, under two key words. */
@inline
export function hashLanes(index: i32, first: v128, second: v128): v128 {
  const counter = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  return mix(v128.xor(mix(v128.xor(counter, first)), second));
}
