/**
 * Softmax and categorical cross-entropy over rows of logits.
 *
 * Both first subtract the largest logit of a row, so that no exponential overflows and the sum of exponentials lies between
 * 1 and the number of classes. The loss never takes the logarithm of a probability: log pᵢ = zᵢ − max − log Σ exp(zⱼ − max)
 * stays finite when pᵢ underflows to 0. A NaN in a logit makes the whole row NaN, so that divergence is visible.
 */
import { exponential } from './exponential';
import { loadLanes, storeLanes } from './lanes';

/**
 * log(x) for finite x ≥ 1, to about 1e-12: x = m·2ᵉ with m in √½ … √2, and log m = 2·artanh(s), s = (m −
 * 1)/(m + 1), by its series to s¹⁵ (|s| ≤ 0.172, so that the next term is below 1e-14). The logarithm of the standard
 * library needs a table, and kernels have no static data.
 *
 * Ref: Muller 2016, "Elementary Functions", section 3.3 (series of the inverse hyperbolic tangent).
 */
@inline
function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let exponent = <i32>((bits >> 52) & 0x7ff) - 1023;
  let mantissa = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    exponent++;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  let series: f64 = 1.0 / 15.0;
  series = series * q + 1.0 / 13.0;
  series = series * q + 1.0 / 11.0;
  series = series * q + 1.0 / 9.0;
  series = series * q + 1.0 / 7.0;
  series = series * q + 1.0 / 5.0;
  series = series * q + 1.0 / 3.0;
  series = series * q + 1.0;
  return <f64>exponent * 0.6931471805599453 + 2 * s * series;
}

/** The maximum of a row. NaN never compares greater; it propagates through the exponentials instead. */
@inline
function rowMaximum(x: usize, bytes: usize): f32 {
  let result = load<f32>(x);
  for (let at: usize = 4; at < bytes; at += 4) {
    const value = load<f32>(x + at);
    if (value > result) result = value;
  }
  return result;
}

/** y = exp(x − shift) over a row; returns the sum of y, added in order. */
@inline
function exponentials(x: usize, y: usize, bytes: usize, shift: f32): f64 {
  const shifts = f32x4.splat(shift);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    storeLanes(y + at, exponential(f32x4.sub(loadLanes(x + at, true), shifts)), true);
  }
  for (; at < bytes; at += 4) {
    storeLanes(y + at, exponential(f32x4.sub(loadLanes(x + at, false), shifts)), false);
  }
  let sum: f64 = 0;
  for (at = 0; at < bytes; at += 4) sum += <f64>load<f32>(y + at);
  return sum;
}

@inline
function divide(y: usize, bytes: usize, divisor: f64): void {
  for (let at: usize = 0; at < bytes; at += 4) store<f32>(y + at, <f32>(<f64>load<f32>(y + at) / divisor));
}

/** y = softmax of each row of x [rows, classes]; items are rows; in place is allowed. */
export function softmax(x: usize, y: usize, classes: i32, begin: i32, end: i32): void {
  const bytes = <usize>classes << 2;
  for (let row = begin; row < end; row++) {
    const offset = <usize>row * bytes;
    const sum = exponentials(x + offset, y + offset, bytes, rowMaximum(x + offset, bytes));
    divide(y + offset, bytes, sum);
  }
}

/**
 * For each row of [rows, classes]: probabilities p = softmax(logits), losses[row] = −Σ t·log p, and dLogits =
 * (w·p − t)·gradientScale. Targets t may be one-hot or soft and sum to any weight w ≥ 0. dLogits may be absent, for
 * evaluation. Items are rows.
 */
export function softmaxCrossEntropy(
  logits: usize, targets: usize, probabilities: usize, dLogits: usize, losses: usize,
  classes: i32, gradientScale: f32, begin: i32, end: i32,
): void {
  const bytes = <usize>classes << 2;
  for (let row = begin; row < end; row++) {
    const offset = <usize>row * bytes;
    const z = logits + offset;
    const t = targets + offset;
    const p = probabilities + offset;
    const shift = rowMaximum(z, bytes);
    const sum = exponentials(z, p, bytes, shift);
    const logSum = sum >= 1 ? logarithm(sum) : sum; // below 1 only if NaN, which the loss must show
    let loss: f64 = 0;
    let weight: f64 = 0;
    for (let at: usize = 0; at < bytes; at += 4) {
      const target = <f64>load<f32>(t + at);
      weight += target;
      // Skips targets of 0, whose logit may be −infinity: 0 · ∞ is NaN.
      if (target != 0) loss += target * (logSum - (<f64>load<f32>(z + at) - <f64>shift));
    }
    store<f32>(losses + (<usize>row << 2), <f32>(sum >= 1 ? loss : sum));
    divide(p, bytes, sum);
    if (dLogits) {
      for (let at: usize = 0; at < bytes; at += 4) {
        const gradient = <f64>load<f32>(p + at) * weight - <f64>load<f32>(t + at);
        store<f32>(dLogits + offset + at, <f32>(gradient * <f64>gradientScale));
      }
    }
  }
}
