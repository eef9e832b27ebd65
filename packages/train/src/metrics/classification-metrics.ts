/**
 * How good probabilities are, measured against labels.
 *
 * Everything derives from one pass over `[count, classes]` probabilities: the confusion matrix gives accuracy,
 * precision, recall and F1; the probabilities themselves give the negative log-likelihood and the calibration error.
 */
import { argmax, MienError } from '@mien/core';

export interface ClassMetrics {
  readonly label: string;
  /** Of what was called this label, how much is it; 0 when nothing was. */
  readonly precision: number;
  /** Of what is this label, how much was called it; 0 when nothing is. */
  readonly recall: number;
  /** Harmonic mean of precision and recall; 0 when both are 0. */
  readonly f1: number;
  /** Pictures of this label. */
  readonly support: number;
}

export interface ClassificationMetrics {
  readonly count: number;
  /** Part of the pictures whose highest probability is that of their label (the first one on a tie). */
  readonly accuracy: number;
  /** Unweighted mean of the F1 of all labels, those without pictures included (as 0). */
  readonly macroF1: number;
  /** Expected calibration error, see {@link expectedCalibrationError}. */
  readonly ece: number;
  /** Mean of −log(probability of the label), natural logarithm; probabilities below 1e-7 count as 1e-7, as in Keras. */
  readonly nll: number;
  readonly perClass: readonly ClassMetrics[];
  /** `confusion[truth][predicted]`, in pictures. */
  readonly confusion: readonly (readonly number[])[];
}

/** Bins of the calibration error: the number that the literature has settled on. */
export const ECE_BINS = 15;
/** Keras' epsilon: a probability of 0 costs 16.1 nats instead of infinity. */
const MIN_PROBABILITY = 1e-7;

/**
 * Measures predictions.
 *
 * @param probabilities `[count, classes]`, rows sum to 1
 * @param truth one index into `labels` a row
 * @param labels names in the order of the classes
 * @throws MienError `USAGE` when sizes do not fit together or there is nothing to measure
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
        `metrics: row ${i} has a probability that is no number; the model is damaged or diverged`,
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
    macroF1: sum(perClass.map(({ f1 }) => f1)) / classes,
    ece: expectedCalibrationError(confidences, hits),
    nll: -logLikelihood / count,
    perClass,
    confusion,
  };
}

/** Predictions whose top probability lies in one of 15 equally wide bins (k/15, (k+1)/15]. */
export interface CalibrationBin {
  readonly count: number;
  /** Right ones among them. */
  readonly hits: number;
  /** What their top probabilities add up to. */
  readonly confidenceSum: number;
}

/**
 * Sorts predictions by how sure they are.
 *
 * @param confidences top probability of each prediction
 * @param hits 1 where the prediction is right
 */
export function toCalibrationBins(confidences: Float64Array, hits: Uint8Array): CalibrationBin[] {
  const bins = Array.from({ length: ECE_BINS }, () => ({ count: 0, hits: 0, confidenceSum: 0 }));
  confidences.forEach((confidence, i) => {
    const bin = bins[Math.min(ECE_BINS - 1, Math.max(0, Math.ceil(confidence * ECE_BINS) - 1))];
    if (bin === undefined) return;
    bin.count++;
    bin.hits += hits[i] ?? 0;
    bin.confidenceSum += confidence;
  });
  return bins;
}

/**
 * Expected calibration error: the mean over all predictions of |accuracy − mean top probability| of their bin.
 *
 * Ref: Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3.
 */
export function expectedCalibrationError(confidences: Float64Array, hits: Uint8Array): number {
  const gaps = toCalibrationBins(confidences, hits).map((bin) => Math.abs(bin.hits - bin.confidenceSum));
  return sum(gaps) / confidences.length;
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
