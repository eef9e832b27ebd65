/**
 * Gradients of the activation functions: dx from dy and the function's result y, so that x need not be kept. Only where y
 * does not determine the slope do kernels take x. Items are elements unless noted; in place (dx == dy) is allowed.
 *
 * At a kink (the bounds of a clip or a hard sigmoid) the slope is 0, as it is for ReLU at 0.
 */
import { fill } from './elementwise';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';
import { lowerNormal, normalDensity } from './normal-distribution';

/** Which slope `mapSlopes` inlines; compile-time constants. */
const SIGMOID: i32 = 0;
const TANH: i32 = 1;
const HARD_SIGMOID: i32 = 2;
const HARD_SWISH: i32 = 3;
const ELU: i32 = 4;
const GELU: i32 = 5;

/** value where low < between < high, else 0. */
@inline
function within(value: v128, between: v128, low: v128, high: v128): v128 {
  return v128.and(value, v128.and(f32x4.gt(between, low), f32x4.lt(between, high)));
}

/** The slope of hardSwish at x: 0 up to −3, x/3 + ½ up to 3, then 1. */
@inline
function hardSwishSlope(x: v128): v128 {
  const line = multiplyAdd(x, f32x4.splat(1.0 / 3.0), f32x4.splat(0.5));
  const upTo3 = v128.bitselect(f32x4.splat(1), line, f32x4.ge(x, f32x4.splat(3)));
  return v128.bitselect(f32x4.splat(0), upTo3, f32x4.le(x, f32x4.splat(-3)));
}

/** The slope of gelu at x: Φ(x) + x·φ(x). */
@inline
function geluSlope(x: v128): v128 {
  const below = lowerNormal(x);
  const normal = v128.bitselect(below, f32x4.sub(f32x4.splat(1), below), f32x4.lt(x, f32x4.splat(0)));
  return multiplyAdd(x, normalDensity(x), normal);
}

/** `value` is the function's result, for hardSwish and gelu its input. */
@inline
function slopeLanes(value: usize, dy: usize, dx: usize, which: i32, full: bool): void {
  const v = loadLanes(value, full);
  const gradient = loadLanes(dy, full);
  const one = f32x4.splat(1);
  let result: v128;
  if (which == SIGMOID) {
    result = f32x4.mul(gradient, f32x4.mul(v, f32x4.sub(one, v)));
  } else if (which == TANH) {
    result = f32x4.mul(gradient, f32x4.mul(f32x4.sub(one, v), f32x4.add(one, v)));
  } else if (which == HARD_SIGMOID) {
    result = within(f32x4.mul(gradient, f32x4.splat(1.0 / 6.0)), v, f32x4.splat(0), one);
  } else if (which == HARD_SWISH) {
    result = f32x4.mul(gradient, hardSwishSlope(v));
  } else if (which == ELU) {
    // Where the result is negative it is exp(x) − 1, whose slope is exp(x).
    result = f32x4.mul(gradient, v128.bitselect(one, f32x4.add(v, one), f32x4.gt(v, f32x4.splat(0))));
  } else {
    result = f32x4.mul(gradient, geluSlope(v));
  }
  storeLanes(dx, result, full);
}

@inline
function mapSlopes(value: usize, dy: usize, dx: usize, which: i32, begin: i32, end: i32): void {
  let at = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) slopeLanes(value + at, dy + at, dx + at, which, true);
  for (; at < last; at += 4) slopeLanes(value + at, dy + at, dx + at, which, false);
}

/** dx = dy · y(1 − y) */
export function sigmoidBackward(y: usize, dy: usize, dx: usize, begin: i32, end: i32): void {
  mapSlopes(y, dy, dx, SIGMOID, begin, end);
}

/** dx = dy · (1 − y²), as (1 − y)(1 + y) */
export function tanhBackward(y: usize, dy: usize, dx: usize, begin: i32, end: i32): void {
  mapSlopes(y, dy, dx, TANH, begin, end);
}

/** dx = dy/6 where 0 < y < 1, else 0. */
export function hardSigmoidBackward(y: usize, dy: usize, dx: usize, begin: i32, end: i32): void {
  mapSlopes(y, dy, dx, HARD_SIGMOID, begin, end);
}

/** From the input x, since two inputs can give the same result. */
export function hardSwishBackward(x: usize, dy: usize, dx: usize, begin: i32, end: i32): void {
  mapSlopes(x, dy, dx, HARD_SWISH, begin, end);
}

/** dx = dy where y > 0, dy·(y + 1) elsewhere. */
export function eluBackward(y: usize, dy: usize, dx: usize, begin: i32, end: i32): void {
  mapSlopes(y, dy, dx, ELU, begin, end);
}

/** From the input x, since two inputs can give the same result. */
export function geluBackward(x: usize, dy: usize, dx: usize, begin: i32, end: i32): void {
  mapSlopes(x, dy, dx, GELU, begin, end);
}

@inline
function clipSlopeLanes(y: usize, dy: usize, dx: usize, low: v128, high: v128, full: bool): void {
  storeLanes(dx, within(loadLanes(dy, full), loadLanes(y, full), low, high), full);
}

/** dx = dy where low < y < high, else 0; the bounds may be infinite. */
export function clipBackward(y: usize, dy: usize, dx: usize, low: f32, high: f32, begin: i32, end: i32): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  let at = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) clipSlopeLanes(y + at, dy + at, dx + at, lows, highs, true);
  for (; at < last; at += 4) clipSlopeLanes(y + at, dy + at, dx + at, lows, highs, false);
}

@inline
function preluSlopeLanes(x: usize, alpha: usize, dy: usize, dx: usize, full: bool): void {
  const gradient = loadLanes(dy, full);
  const isPositive = f32x4.gt(loadLanes(x, full), f32x4.splat(0));
  const scaled = f32x4.mul(gradient, loadLanes(alpha, full));
  storeLanes(dx, v128.bitselect(gradient, scaled, isPositive), full);
}

/** dx = dy where x > 0, alpha · dy elsewhere; items are rows of c channels. */
export function preluBackward(
  x: usize, alpha: usize, dy: usize, dx: usize,
  c: i32, begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  for (let row = begin; row < end; row++) {
    const start = <usize>row * bytes;
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) {
      preluSlopeLanes(x + start + at, alpha + at, dy + start + at, dx + start + at, true);
    }
    for (; at < bytes; at += 4) {
      preluSlopeLanes(x + start + at, alpha + at, dy + start + at, dx + start + at, false);
    }
  }
}

@inline
function alphaLanes(x: usize, dy: usize, total: usize, rows: i32, stride: usize, full: bool): void {
  let sum = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    sum = multiplyAdd(f32x4.min(loadLanes(x, full), f32x4.splat(0)), loadLanes(dy, full), sum);
    x += stride;
    dy += stride;
  }
  storeLanes(total, f32x4.add(loadLanes(total, full), sum), full);
}

/** Rows that are summed before their sum is added to that of the chunk, which keeps rounding errors small. */
const BLOCK_ROWS = 32;

/** partial[chunk][c] = Σ min(x, 0) · dy over the chunk's rows (the gradient of alpha); items are chunks. */
export function preluBackwardAlpha(
  x: usize, dy: usize, partial: usize,
  rows: i32, c: i32, rowsPerChunk: i32,
  begin: i32, end: i32,
): void {
  const stride = <usize>c << 2;
  for (let chunk = begin; chunk < end; chunk++) {
    const total = partial + <usize>chunk * stride;
    fill(total, 0, 0, c);
    const first = chunk * rowsPerChunk;
    const last = min(first + rowsPerChunk, rows);
    for (let row = first; row < last; row += BLOCK_ROWS) {
      const blockRows = min(BLOCK_ROWS, last - row);
      const start = <usize>row * stride;
      let at: usize = 0;
      for (; at + 16 <= stride; at += 16) {
        alphaLanes(x + start + at, dy + start + at, total + at, blockRows, stride, true);
      }
      for (; at < stride; at += 4) {
        alphaLanes(x + start + at, dy + start + at, total + at, blockRows, stride, false);
      }
    }
  }
}

/** dx = y·(dy − Σ dy·y) over each row of the softmax y [rows, classes]; items are rows. */
export function softmaxBackward(y: usize, dy: usize, dx: usize, classes: i32, begin: i32, end: i32): void {
  const bytes = <usize>classes << 2;
  for (let row = begin; row < end; row++) {
    const start = <usize>row * bytes;
    let sum: f64 = 0;
    for (let at = start; at < start + bytes; at += 4) {
      sum += <f64>load<f32>(dy + at) * <f64>load<f32>(y + at);
    }
    for (let at = start; at < start + bytes; at += 4) {
      store<f32>(dx + at, <f32>(<f64>load<f32>(y + at) * (<f64>load<f32>(dy + at) - sum)));
    }
  }
}
