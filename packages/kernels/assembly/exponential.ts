/** The exponential function in four lanes. */
import { multiplyAdd } from './multiply-add';

/**
 * ln 2 as a sum of two floats. The first has 9 significant bits, so n · LN2_HIGH is exact for every exponent n.
 */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;
/** exp(−104) rounds to 0 in float32; larger inputs stay in the range of the exponent arithmetic below. */
const EXP_UNDERFLOW: f32 = -104;

/**
 * exp(x) for x ≤ 0 in four lanes, within 2 ulp; 0 below −104; keeps NaN.
 *
 * x = n·ln 2 + r with |r| ≤ ln 2 / 2 (Cody and Waite's two-part reduction). The Taylor series of exp(r) to r⁷
 * then errs by less than r⁸/8! ≈ 5·10⁻⁹, a tenth of an ulp. The factor 2ⁿ is applied as two factors of half the exponent,
 * because for subnormal results n is below the smallest exponent of a float.
 *
 * Ref: Cody and Waite 1980, "Software Manual for the Elementary Functions", chapter 6.
 */
@inline
export function exponential(x: v128): v128 {
  const clamped = f32x4.pmax(x, f32x4.splat(EXP_UNDERFLOW));
  const n = f32x4.nearest(f32x4.mul(clamped, f32x4.splat(1.44269504)));
  let r = f32x4.sub(clamped, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let series = f32x4.splat(1.0 / 5040.0);
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 720.0));
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 120.0));
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 24.0));
  series = multiplyAdd(series, r, f32x4.splat(1.0 / 6.0));
  series = multiplyAdd(series, r, f32x4.splat(0.5));
  // 1 + (r + r²·(…)): small terms first, so that only the last addition rounds noticeably.
  series = f32x4.add(f32x4.splat(1), multiplyAdd(f32x4.mul(r, r), series, r));
  const exponent = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(exponent, 1);
  const rest = i32x4.sub(exponent, half);
  return f32x4.mul(f32x4.mul(series, powerOfTwo(half)), powerOfTwo(rest));
}

/** 2ⁿ by writing n into the exponent bits; n in −126 … 127. */
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}
