/**
 * Classification metrics from one pass over `[count, classes]` probabilities: the confusion matrix gives accuracy,
 * precision, recall and F1; the probabilities give the negative log-likelihood and the calibration error.
 */
import { argmax, MienError } from '@mien/core';

export interface ClassMetrics {
  readonly label: string;
  /** Share of the predictions of this label that are right; 0 without predictions. */
  readonly precision: number;
  /** Share of the pictures of this label that were predicted as such; 0 without pictures. */
  readonly recall: number;
  /** Harmonic mean of precision and recall; 0 when both are 0. */
  readonly f1: number;
  /** Pictures of this label. */
  readonly support: number;
}

export interface ClassificationMetrics {
  readonly count: number;
  /** Share of the pictures whose highest probability (the first on a tie) is that of their label. */
  readonly accuracy: number;
  /** Unweighted mean F1 of all labels; labels without pictures count as 0. */
  readonly macroF1: number;
  /** Expected calibration error, see `expectedCalibrationError`. */
  readonly ece: number;
  /** Mean of −ln(probability of the label), with probabilities of at least 1e-7, as in Keras. */
  readonly nll: number;
  readonly perClass: readonly ClassMetrics[];
  /** `confusion[truth][predicted]`, in pictures. */
  readonly confusion: readonly (readonly number[])[];
}

/** Bins of the calibration error; 15 is usual in the literature. */
export const ECE_BINS = 15;
/** Keras' epsilon: a probability of 0 costs 16.1 nats instead of infinity. */
export const MIN_PROBABILITY = 1e-7;

/**
 * Computes the metrics of predictions.
 *
 * @param probabilities `[count, classes]`, rows sum to 1
 * @param truth one index into `labels` per row
 * @param labels names in the order of the classes
 * @throws MienError `USAGE` when sizes do not match or there are no rows
 */
export function evaluatePredictions(
  probabilities: Float32Array,
  truth: ArrayLike<number>,
  labels: readonly string[],
): ClassificationMetrics {
  const classes = labels.length;
  const count = truth.length;
  if (count === 0 || classes === 0 || probabilities.length !== count * classes) {
    throw new MienError(
      'USAGE',
      `metrics: ${count} labels of ${classes} classes need ${count * classes} probabilities and at least one row, got ${probabilities.length}`,
    );
  }

  const confusion = labels.map(() => labels.map(() => 0));
  const confidences = new Float64Array(count);
  const hits = new Uint8Array(count);
  let logLikelihood = 0;
  for (let i = 0; i < count; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const label = truth[i] ?? -1;
    if (!row.every(Number.isFinite)) {
      throw new MienError(
        'USAGE',
        `metrics: row ${i} has a probability that is not finite; the model is damaged or diverged`,
      );
    }
    const predicted = argmax(row);
    const counts = confusion[label];
    if (counts === undefined) {
      throw new MienError('USAGE', `metrics: label ${label} in row ${i} is outside the ${classes} classes`);
    }
    counts[predicted] = (counts[predicted] ?? 0) + 1;
    confidences[i] = row[predicted] ?? 0;
    hits[i] = predicted === label ? 1 : 0;
    logLikelihood += Math.log(Math.max(row[label] ?? 0, MIN_PROBABILITY));
  }

  const perClass = labels.map((label, index) => toClassMetrics(label, index, confusion));
  return {
    count,
    accuracy: sum(hits) / count,
    macroF1: meanF1(perClass),
    ece: expectedCalibrationError(confidences, hits),
    nll: -logLikelihood / count,
    perClass,
    confusion,
  };
}

/** Predictions whose top probability lies in one of 15 equally wide bins (k/15, (k+1)/15]. */
export interface CalibrationBin {
  readonly count: number;
  /** Number of right predictions. */
  readonly hits: number;
  /** Sum of their top probabilities. */
  readonly confidenceSum: number;
}

/**
 * Bins predictions by their confidence.
 *
 * @param confidences top probability of each prediction
 * @param hits 1 where the prediction is right
 */
export function toCalibrationBins(confidences: Float64Array, hits: Uint8Array): CalibrationBin[] {
  const bins = Array.from({ length: ECE_BINS }, () => ({ count: 0, hits: 0, confidenceSum: 0 }));
  confidences.forEach((confidence, i) => {
    const bin = bins[toBin(confidence)];
    if (bin === undefined) return;
    bin.count++;
    bin.hits += hits[i] ?? 0;
    bin.confidenceSum += confidence;
  });
  return bins;
}

/** The bin of a top probability. */
export function toBin(confidence: number): number {
  return Math.min(ECE_BINS - 1, Math.max(0, Math.ceil(confidence * ECE_BINS) - 1));
}

/**
 * Expected calibration error: |accuracy − mean top probability| of each bin, weighted by its number of predictions.
 *
 * Ref: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
 */
export function expectedCalibrationError(confidences: Float64Array, hits: Uint8Array): number {
  const gaps = toCalibrationBins(confidences, hits).map((bin) => Math.abs(bin.hits - bin.confidenceSum));
  return sum(gaps) / confidences.length;
}

/** Over the labels that the data has: one without pictures has no F1. */
function meanF1(perClass: readonly ClassMetrics[]): number {
  const present = perClass.filter(({ support }) => support > 0);
  return sum(present.map(({ f1 }) => f1)) / present.length;
}

function toClassMetrics(
  label: string,
  index: number,
  confusion: readonly (readonly number[])[],
): ClassMetrics {
  const hits = confusion[index]?.[index] ?? 0;
  const support = sum(confusion[index] ?? []);
  const called = sum(confusion.map((row) => row[index] ?? 0));
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  return {
    label,
    precision: ratio(hits, called),
    recall: ratio(hits, support),
    f1: ratio(2 * hits, called + support),
    support,
  };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
