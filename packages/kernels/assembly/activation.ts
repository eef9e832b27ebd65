/**
 * Activation functions. Items are elements (rows for `prelu`); in place is allowed.
 */
import { exponential } from './exponential';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';
import { lowerNormal } from './normal-distribution';

/** Which function `mapLanes` inlines; compile-time constants. */
const SIGMOID: i32 = 0;
const TANH: i32 = 1;
const HARD_SIGMOID: i32 = 2;
const HARD_SWISH: i32 = 3;
const ELU: i32 = 4;
const GELU: i32 = 5;

/** 1 / (1 + exp(−x)), computed with exp(−|x|), which cannot overflow. */
@inline
function sigmoidLanes(x: v128): v128 {
  const e = exponential(f32x4.neg(f32x4.abs(x)));
  const s = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
  // For negative x: exp(x) / (1 + exp(x)).
  return v128.bitselect(f32x4.mul(e, s), s, f32x4.lt(x, f32x4.splat(0)));
}

/** (1 − e) / (1 + e) with e = exp(−2|x|) and the sign of x. */
@inline
function tanhLanes(x: v128): v128 {
  const e = exponential(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const size = f32x4.div(f32x4.sub(f32x4.splat(1), e), f32x4.add(f32x4.splat(1), e));
  return v128.or(size, v128.and(x, i32x4.splat(0x80000000)));
}

/** max(0, min(1, x/6 + ½)) */
@inline
function hardSigmoidLanes(x: v128): v128 {
  const line = multiplyAdd(x, f32x4.splat(1.0 / 6.0), f32x4.splat(0.5));
  return f32x4.min(f32x4.max(line, f32x4.splat(0)), f32x4.splat(1));
}

/** x where it is positive, exp(x) − 1 elsewhere. */
@inline
function eluLanes(x: v128): v128 {
  const negative = f32x4.sub(exponential(f32x4.min(x, f32x4.splat(0))), f32x4.splat(1));
  return v128.bitselect(x, negative, f32x4.gt(x, f32x4.splat(0)));
}

/** x · Φ(x), where Φ(−|x|) is half the complementary error function of |x|/√2. */
@inline
function geluLanes(x: v128): v128 {
  // Infinity times 0 would be no number.
  const finite = f32x4.max(f32x4.min(x, f32x4.splat(1e30)), f32x4.splat(-1e30));
  const below = f32x4.mul(finite, lowerNormal(finite));
  return v128.bitselect(below, f32x4.sub(x, below), f32x4.lt(x, f32x4.splat(0)));
}

@inline
function mapLanes(x: usize, y: usize, which: i32, full: bool): void {
  const value = loadLanes(x, full);
  let result: v128;
  if (which == SIGMOID) result = sigmoidLanes(value);
  else if (which == TANH) result = tanhLanes(value);
  else if (which == HARD_SIGMOID) result = hardSigmoidLanes(value);
  else if (which == HARD_SWISH) result = f32x4.mul(value, hardSigmoidLanes(value));
  else if (which == ELU) result = eluLanes(value);
  else result = geluLanes(value);
  storeLanes(y, result, full);
}

@inline
function map(x: usize, y: usize, which: i32, begin: i32, end: i32): void {
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) mapLanes(x + offset, y + offset, which, true);
  for (; offset < last; offset += 4) mapLanes(x + offset, y + offset, which, false);
}

/** y = 1 / (1 + exp(−x)), within a few ulp. */
export function sigmoid(x: usize, y: usize, begin: i32, end: i32): void {
  map(x, y, SIGMOID, begin, end);
}

/** y = tanh(x). The absolute error is a few ulp of 1, so tiny results lose relative precision. */
export function tanh(x: usize, y: usize, begin: i32, end: i32): void {
  map(x, y, TANH, begin, end);
}

/** y = max(0, min(1, x/6 + ½)), as in ONNX's HardSwish and PyTorch's Hardsigmoid. */
export function hardSigmoid(x: usize, y: usize, begin: i32, end: i32): void {
  map(x, y, HARD_SIGMOID, begin, end);
}

/** y = x · hardSigmoid(x). Ref: Howard et al. 2019, "Searching for MobileNetV3", section 5.2. */
export function hardSwish(x: usize, y: usize, begin: i32, end: i32): void {
  map(x, y, HARD_SWISH, begin, end);
}

/** y = x where x > 0, exp(x) − 1 elsewhere. Ref: Clevert et al. 2016, with α = 1. The absolute error is a few ulp of 1. */
export function elu(x: usize, y: usize, begin: i32, end: i32): void {
  map(x, y, ELU, begin, end);
}

/** y = x · Φ(x), Φ being the normal distribution. Ref: Hendrycks and Gimpel 2016. The relative error of Φ(x) is 3·10⁻⁷ of 1. */
export function gelu(x: usize, y: usize, begin: i32, end: i32): void {
  map(x, y, GELU, begin, end);
}

@inline
function clipLanes(x: usize, y: usize, low: v128, high: v128, full: bool): void {
  storeLanes(y, f32x4.min(f32x4.max(loadLanes(x, full), low), high), full);
}

/** y = max(low, min(high, x)); the bounds may be infinite; keeps NaN. */
export function clip(x: usize, y: usize, low: f32, high: f32, begin: i32, end: i32): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) clipLanes(x + offset, y + offset, lows, highs, true);
  for (; offset < last; offset += 4) clipLanes(x + offset, y + offset, lows, highs, false);
}

@inline
function preluLanes(x: usize, alpha: usize, y: usize, full: bool): void {
  const value = loadLanes(x, full);
  const zero = f32x4.splat(0);
  const scaled = f32x4.mul(f32x4.min(value, zero), loadLanes(alpha, full));
  storeLanes(y, f32x4.add(f32x4.max(value, zero), scaled), full);
}

/** y = max(x, 0) + alpha · min(x, 0) with one alpha per channel; items are rows of c channels. */
export function prelu(x: usize, alpha: usize, y: usize, c: i32, begin: i32, end: i32): void {
  const bytes = <usize>c << 2;
  for (let row = begin; row < end; row++) {
    const start = <usize>row * bytes;
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) preluLanes(x + start + at, alpha + at, y + start + at, true);
    for (; at < bytes; at += 4) preluLanes(x + start + at, alpha + at, y + start + at, false);
  }
}
