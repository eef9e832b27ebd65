/** The normal distribution in four lanes. */
import { exponential } from './exponential';
import { multiplyAdd } from './multiply-add';

const INVERSE_SQRT_2: f32 = 0.70710678;
const INVERSE_SQRT_2_PI: f32 = 0.39894228;

/** exp(−x²/2) */
@inline
function bell(x: v128): v128 {
  return exponential(f32x4.mul(f32x4.mul(x, x), f32x4.splat(-0.5)));
}

/** The density φ(x) of the normal distribution. */
@inline
export function normalDensity(x: v128): v128 {
  return f32x4.mul(bell(x), f32x4.splat(INVERSE_SQRT_2_PI));
}

/**
 * Φ(−|x|), which is half of erfc(|x|/√2), with an absolute error below 10⁻⁷.
 *
 * Ref: Abramowitz and Stegun 1964, "Handbook of Mathematical Functions", formula 7.1.26.
 */
@inline
export function lowerNormal(x: v128): v128 {
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(INVERSE_SQRT_2));
  const one = f32x4.splat(1);
  const t = f32x4.div(one, multiplyAdd(z, f32x4.splat(0.3275911), one));
  let series = f32x4.splat(1.061405429);
  series = multiplyAdd(series, t, f32x4.splat(-1.453152027));
  series = multiplyAdd(series, t, f32x4.splat(1.421413741));
  series = multiplyAdd(series, t, f32x4.splat(-0.284496736));
  series = multiplyAdd(series, t, f32x4.splat(0.254829592));
  return f32x4.mul(f32x4.mul(f32x4.mul(series, t), bell(x)), f32x4.splat(0.5));
}
