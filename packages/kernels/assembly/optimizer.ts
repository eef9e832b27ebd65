/**
 * Parameter updates, elementwise over flat parameter vectors.
 *
 * Hyperparameters are read from memory (`hyper`), so that the compiled program stays the same while the learning rate
 * changes from step to step. The formulas are those of Keras.
 */
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

@inline
function adamLanes(
  p: usize, g: usize, m: usize, v: usize,
  rate: v128, beta1: v128, beta2: v128, epsilon: v128, decay: v128, full: bool,
): void {
  const gradient = loadLanes(g, full);
  const one = f32x4.splat(1);
  const mean = multiplyAdd(f32x4.sub(one, beta1), gradient, f32x4.mul(beta1, loadLanes(m, full)));
  const squared = f32x4.mul(gradient, gradient);
  const square = multiplyAdd(f32x4.sub(one, beta2), squared, f32x4.mul(beta2, loadLanes(v, full)));
  storeLanes(m, mean, full);
  storeLanes(v, square, full);
  const parameter = loadLanes(p, full);
  const step = f32x4.div(f32x4.mul(rate, mean), f32x4.add(f32x4.sqrt(square), epsilon));
  storeLanes(p, f32x4.sub(parameter, multiplyAdd(decay, parameter, step)), full);
}

/**
 * Adam: m = β1·m + (1 − β1)·g, v = β2·v + (1 − β2)·g², p −= rate·m / (√v + epsilon) + decay·p; items are
 * elements. hyper = [rate, β1, β2, epsilon, decay], where rate includes the bias correction √(1 − β2ᵗ) / (1 − β1ᵗ) and
 * decay is the decoupled weight decay times the learning rate.
 *
 * Ref: Kingma and Ba 2015, "Adam", end of section 2 (the efficient form, as in Keras: epsilon is added to the uncorrected
 * √v); Loshchilov and Hutter 2019 for the decoupled decay.
 */
export function adam(p: usize, g: usize, m: usize, v: usize, hyper: usize, begin: i32, end: i32): void {
  const rate = v128.load32_splat(hyper);
  const beta1 = v128.load32_splat(hyper, 4);
  const beta2 = v128.load32_splat(hyper, 8);
  const epsilon = v128.load32_splat(hyper, 12);
  const decay = v128.load32_splat(hyper, 16);
  let at = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) {
    adamLanes(p + at, g + at, m + at, v + at, rate, beta1, beta2, epsilon, decay, true);
  }
  for (; at < last; at += 4) {
    adamLanes(p + at, g + at, m + at, v + at, rate, beta1, beta2, epsilon, decay, false);
  }
}

@inline
function sgdLanes(
  p: usize, g: usize, velocity: usize,
  rate: v128, momentum: v128, nesterov: bool, decay: v128, full: bool,
): void {
  const step = f32x4.mul(rate, loadLanes(g, full));
  const newVelocity = f32x4.sub(f32x4.mul(momentum, loadLanes(velocity, full)), step);
  storeLanes(velocity, newVelocity, full);
  const parameter = loadLanes(p, full);
  const move = nesterov ? f32x4.sub(f32x4.mul(momentum, newVelocity), step) : newVelocity;
  storeLanes(p, f32x4.add(parameter, f32x4.sub(move, f32x4.mul(decay, parameter))), full);
}

/**
 * Stochastic gradient descent with momentum: velocity = momentum·velocity − rate·g, then p += velocity, or with Nesterov
 * momentum p += momentum·velocity − rate·g; and p −= decay·p. Items are elements. hyper = [rate, momentum, nesterov (0 or
 * 1), decay], where decay is the decoupled weight decay times the rate.
 *
 * Ref: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning", in the form of Keras.
 */
export function sgd(p: usize, g: usize, velocity: usize, hyper: usize, begin: i32, end: i32): void {
  const rate = v128.load32_splat(hyper);
  const momentum = v128.load32_splat(hyper, 4);
  const nesterov = load<f32>(hyper, 8) != 0;
  const decay = v128.load32_splat(hyper, 12);
  let at = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) {
    sgdLanes(p + at, g + at, velocity + at, rate, momentum, nesterov, decay, true);
  }
  for (; at < last; at += 4) sgdLanes(p + at, g + at, velocity + at, rate, momentum, nesterov, decay, false);
}

@inline
function averageLanes(p: usize, average: usize, weight: v128, full: bool): void {
  const old = loadLanes(average, full);
  storeLanes(average, multiplyAdd(f32x4.sub(loadLanes(p, full), old), weight, old), full);
}

/**
 * average = decay·average + (1 − decay)·p, computed as average + (1 − decay)·(p − average); items are elements.
 */
export function exponentialMovingAverage(p: usize, average: usize, decay: f32, begin: i32, end: i32): void {
  const weight = f32x4.splat(1 - decay);
  let at = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) averageLanes(p + at, average + at, weight, true);
  for (; at < last; at += 4) averageLanes(p + at, average + at, weight, false);
}
