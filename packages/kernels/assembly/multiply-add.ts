/** The one place where the two builds differ: multiply-add, fused where the runtime has relaxed SIMD. */

/** a · b + c in four lanes. */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}
