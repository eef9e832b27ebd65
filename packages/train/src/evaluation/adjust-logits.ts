/** What logit adjustment after training does to the figures, with a τ chosen on held-out pictures. */
import { evaluatePredictions } from '../metrics/classification-metrics.js';
import { chooseTau, logitOffsets, withLogitOffsets } from '../metrics/logit-adjustment.js';
import type { Readings } from './readings.js';

export interface AdjustedFigures {
  readonly accuracy: number;
  readonly macroF1: number;
  /** By label. */
  readonly recall: Readonly<Record<string, number>>;
}

export interface LogitAdjustment {
  /** 0 where no adjustment raises macro-F1 on the held-out pictures at no cost in accuracy. */
  readonly tau: number;
  /** What is added to the logit of each label. */
  readonly offsets: readonly number[];
  readonly before: AdjustedFigures;
  readonly after: AdjustedFigures;
}

/**
 * @param readings what is measured
 * @param heldOut readings of pictures that were neither trained on nor are measured here
 * @param shares of each label in what the model was trained on
 * @throws MienError `USAGE` when a label is missing in training
 */
export function adjustLogits(
  readings: Readings,
  heldOut: Readings,
  shares: readonly number[],
  labels: readonly string[],
): LogitAdjustment {
  const tau = chooseTau(heldOut.probabilities, heldOut.truth, shares);
  const offsets = logitOffsets(shares, tau);
  const figuresOf = (probabilities: Float32Array): AdjustedFigures => {
    const { accuracy, macroF1, perClass } = evaluatePredictions(probabilities, readings.truth, labels);
    return {
      accuracy,
      macroF1,
      recall: Object.fromEntries(perClass.map(({ label, recall }) => [label, recall])),
    };
  };
  return {
    tau,
    offsets,
    before: figuresOf(readings.probabilities),
    after: figuresOf(withLogitOffsets(readings.probabilities, offsets)),
  };
}

/** Share of each label among the pictures; `truth` holds indices of labels. */
export function labelShares(truth: readonly number[], classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of truth) counts[label] = (counts[label] ?? 0) + 1;
  return counts.map((count) => count / truth.length);
}
