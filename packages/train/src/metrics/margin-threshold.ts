/** The lead of the first expression over the second below which a reading is more often wrong than right. */
import { MienError } from '@mien/core';

/** Of the threshold, so that a manifest stays readable. */
const STEPS = 100;
/** Newton's method doubles the correct digits with each step. */
const MAX_STEPS = 30;
/** Keeps the curve finite where a lead separates right from wrong readings; too small to move it elsewhere. */
const RIDGE = 1e-3;

/**
 * Finds the lead at which a reading is as likely right as wrong. How likely a reading of some lead is right is the logistic
 * curve p = 1 / (1 + exp(−intercept − slope · lead)) of the highest likelihood: all readings decide, and not those by chance
 * that lie near the threshold. (A non-decreasing step function, fitted to 2,898 readings, gave 0.12 and 0.31 to two
 * networks that are equally often right at every lead.)
 *
 * Ref: Cox 1958, "The regression analysis of binary sequences".
 *
 * @param margins lead of each reading, 0…1, at the probabilities that the analyzer will use
 * @param hits 1 where the reading is right, 0 elsewhere; of pictures that the model was not trained on
 * @returns 0…1, in hundredths, rounded down; 0 if even readings without a lead are right more often than wrong, 1 if none is
 * @throws MienError `USAGE` without readings
 */
export function fitMinMargin(margins: ArrayLike<number>, hits: ArrayLike<number>): number {
  const count = margins.length;
  if (count === 0 || hits.length !== count) {
    throw new MienError('USAGE', `metrics: a threshold of unsure readings is fitted to at least one reading, got ${count} leads and ${hits.length} hits`); // prettier-ignore
  }
  const { intercept, slope } = fitLogisticCurve(margins, hits);
  if (slope <= 0) return intercept + slope / 2 >= 0 ? 0 : 1;
  return Math.floor(Math.min(Math.max(-intercept / slope, 0), 1) * STEPS) / STEPS;
}

/** By Newton's method on the penalised log-likelihood, which is concave. */
function fitLogisticCurve(
  x: ArrayLike<number>,
  hits: ArrayLike<number>,
): { intercept: number; slope: number } {
  let [intercept, slope] = [0, 0];
  for (let step = 0; step < MAX_STEPS; step++) {
    // Gradient, and the negative second derivatives.
    let [g0, g1] = [-RIDGE * intercept, -RIDGE * slope];
    let [h00, h01, h11] = [RIDGE, 0, RIDGE];
    for (let i = 0; i < x.length; i++) {
      const likely = 1 / (1 + Math.exp(-intercept - slope * x[i]!));
      const error = hits[i]! - likely;
      const weight = likely * (1 - likely);
      g0 += error;
      g1 += error * x[i]!;
      h00 += weight;
      h01 += weight * x[i]!;
      h11 += weight * x[i]! * x[i]!;
    }
    const determinant = h00 * h11 - h01 * h01;
    intercept += (h11 * g0 - h01 * g1) / determinant;
    slope += (h00 * g1 - h01 * g0) / determinant;
  }
  return { intercept, slope };
}
