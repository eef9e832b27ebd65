/**
 * Stateless random bits: the random value of an index is its hash, so every split of the indices gives the same values.
 *
 * Ref: Salmon et al. 2011, "Parallel Random Numbers: As Easy as 1, 2, 3" (counter-based generators); the mixing
 * function is MurmurHash3's 32-bit finaliser, A. Appleby.
 */

/** Mixes bits so that each input bit affects each output bit. */
@inline
export function mix(h: v128): v128 {
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/** 32 random bits for each index in index … index + 3, given two key words. */
@inline
export function hashLanes(index: i32, first: v128, second: v128): v128 {
  const counter = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  return mix(v128.xor(mix(v128.xor(counter, first)), second));
}
