/** The temperature at which the probabilities of a model fit what is true. */
import { MienError } from '@mien/core';
import { MIN_PROBABILITY } from './classification-metrics.js';

/** Temperatures that are tried; beyond them a model is broken rather than uncalibrated. */
const [LOWEST, HIGHEST] = [0.05, 20];
/** The result is this exact, as a factor. */
const PRECISION = 1e-5;

/**
 * Finds the temperature with the lowest mean negative log-likelihood, on pictures that the model was not trained on.
 *
 * As a function of 1/T the likelihood is convex, so that a golden-section search finds its one minimum.
 *
 * Ref: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2.
 *
 * @param probabilities `[rows, classes]`, rows sum to 1
 * @param truth index of the label of each row
 * @throws MienError `USAGE` without rows
 */
export function fitTemperature(
  probabilities: Float32Array,
  truth: ArrayLike<number>,
  classes: number,
): number {
  if (truth.length === 0 || probabilities.length !== truth.length * classes) {
    throw new MienError('USAGE', `metrics: a temperature is fitted to at least one row of ${classes} probabilities, got ${probabilities.length} probabilities and ${truth.length} labels`); // prettier-ignore
  }
  const logits = Float64Array.from(probabilities, (p) => Math.log(Math.max(p, MIN_PROBABILITY)));
  const lossAt = (logTemperature: number): number => {
    const inverse = Math.exp(-logTemperature);
    let loss = 0;
    for (let row = 0; row < truth.length; row++) {
      const start = row * classes;
      let highest = -Infinity;
      for (let i = 0; i < classes; i++) highest = Math.max(highest, logits[start + i]!);
      let sum = 0;
      for (let i = 0; i < classes; i++) sum += Math.exp((logits[start + i]! - highest) * inverse);
      loss += Math.log(sum) - (logits[start + truth[row]!]! - highest) * inverse;
    }
    return loss;
  };

  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(LOWEST), Math.log(HIGHEST)];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [lossLeft, lossRight] = [lossAt(left), lossAt(right)];
  while (high - low > PRECISION) {
    if (lossLeft <= lossRight) {
      [high, right, lossRight] = [right, left, lossLeft];
      left = high - ratio * (high - low);
      lossLeft = lossAt(left);
    } else {
      [low, left, lossLeft] = [left, right, lossRight];
      right = low + ratio * (high - low);
      lossRight = lossAt(right);
    }
  }
  return Math.exp((low + high) / 2);
}
