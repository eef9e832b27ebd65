/** What kernels do with a sum before they store it. */
import { FLAG_ACCUMULATE, FLAG_RELU } from './vector';

/** What is stored for a sum: with the old value added, or clamped, as the flags ask. */
@inline
export function finish(sum: v128, c: usize, flags: i32): v128 {
  let result = sum;
  if (flags & FLAG_ACCUMULATE) result = f32x4.add(v128.load(c), result);
  // pmax(x, 0) is x < 0 ? 0 : x, one instruction, and lets NaN through.
  if (flags & FLAG_RELU) result = f32x4.pmax(result, f32x4.splat(0));
  return result;
}

@inline
export function finishScalar(sum: f32, c: usize, flags: i32): f32 {
  let result = sum;
  if (flags & FLAG_ACCUMULATE) result = load<f32>(c) + result;
  if (flags & FLAG_RELU) result = result < 0 ? 0 : result;
  return result;
}

@inline
export function biasOrZero(bias: usize, offset: usize): v128 {
  return bias ? v128.load(bias + offset) : f32x4.splat(0);
}
