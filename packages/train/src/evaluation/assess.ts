/** What can be said of a model's readings beside the usual figures: how sure they are, and what sureness is worth. */
import { argmax, DEFAULT_QUALITY, withTemperature, type Classifier } from '@mien/core';
import type { Predictions } from '../evaluate-model.js';
import { bootstrapIntervals, type Interval } from '../metrics/bootstrap.js';
import { evaluatePredictions } from '../metrics/classification-metrics.js';
import { mcNemar, type McNemar } from '../metrics/mcnemar.js';
import { selectiveMetrics, type SelectiveMetrics } from '../metrics/selective.js';
import { fitTemperature } from '../metrics/temperature.js';

/** Accuracy and macro-F1 with their 95 % intervals. */
export interface MeasuredAccuracy {
  readonly count: number;
  readonly accuracy: number;
  readonly accuracyInterval: Interval;
  readonly macroF1: number;
  readonly macroF1Interval: Interval;
}

/** Readings on one side of the threshold of `unsure`. */
export interface PartAccuracy {
  readonly count: number;
  /** `null` where there are none. */
  readonly accuracy: number | null;
}

export interface Assessment {
  readonly selective: SelectiveMetrics;
  /** By the lead of the highest probability over the next, as the analyzer tells sure readings from unsure ones. */
  readonly byMargin: {
    readonly minMargin: number;
    readonly sure: PartAccuracy;
    readonly unsure: PartAccuracy;
  };
}

/** Calibration before and after the logits were divided by a temperature. */
export interface TemperatureEffect {
  readonly temperature: number;
  readonly ece: { readonly raw: number; readonly scaled: number };
  readonly nll: { readonly raw: number; readonly scaled: number };
}

type Readings = Pick<Predictions, 'truth' | 'probabilities'>;

/** Accuracy of readings, or of some of them. */
export function measureAccuracy(
  readings: Readings,
  labels: readonly string[],
  indices: readonly number[] = [...readings.truth.keys()],
): MeasuredAccuracy {
  const kept = takeReadings(readings, labels.length, indices);
  const { count, accuracy, macroF1 } = evaluatePredictions(kept.probabilities, kept.truth, labels);
  const intervals = bootstrapIntervals(kept.truth, predictedOf(kept, labels.length), labels.length);
  return {
    count,
    accuracy,
    accuracyInterval: intervals.accuracy,
    macroF1,
    macroF1Interval: intervals.macroF1,
  };
}

/** By the probabilities that the analyzer would give: those at the manifest's temperature. */
export function assessReadings(readings: Readings, { labels, manifest }: Classifier): Assessment {
  const classes = labels.length;
  const { temperature = 1 } = manifest.calibration ?? {};
  const probabilities = withTemperature(readings.probabilities, classes, temperature);
  const hits = hitsOf(readings, classes);
  const { minMargin } = manifest.quality ?? DEFAULT_QUALITY;
  const margins = hits.map((_, row) => marginOf(probabilities.subarray(row * classes, (row + 1) * classes)));
  const part = (isIn: (margin: number) => boolean): PartAccuracy => {
    const inside = hits.filter((_, row) => isIn(margins[row]!));
    const right = inside.reduce((sum, hit) => sum + hit, 0);
    return { count: inside.length, accuracy: inside.length === 0 ? null : right / inside.length };
  };
  return {
    selective: selectiveMetrics(
      hits.map((_, row) => Math.max(...probabilities.subarray(row * classes, (row + 1) * classes))),
      hits,
    ),
    byMargin: {
      minMargin,
      sure: part((margin) => margin >= minMargin),
      unsure: part((margin) => margin < minMargin),
    },
  };
}

/** @param heldOut readings of pictures that were neither trained on nor are measured here */
export function calibrate(
  readings: Readings,
  heldOut: Readings,
  labels: readonly string[],
): TemperatureEffect {
  const temperature = fitTemperature(heldOut.probabilities, heldOut.truth, labels.length);
  return effectOfTemperature(readings, labels, temperature);
}

export function effectOfTemperature(
  { truth, probabilities }: Readings,
  labels: readonly string[],
  temperature: number,
): TemperatureEffect {
  const raw = evaluatePredictions(probabilities, truth, labels);
  const scaled = evaluatePredictions(
    withTemperature(probabilities, labels.length, temperature),
    truth,
    labels,
  );
  return {
    temperature,
    ece: { raw: raw.ece, scaled: scaled.ece },
    nll: { raw: raw.nll, scaled: scaled.nll },
  };
}

/** Two models on the same pictures; each says what it says in the order of its own labels. */
export function compareReadings(
  first: Readings,
  firstClasses: number,
  second: Readings,
  secondClasses: number,
): McNemar {
  return mcNemar(hitsOf(first, firstClasses), hitsOf(second, secondClasses));
}

function hitsOf(readings: Readings, classes: number): number[] {
  return predictedOf(readings, classes).map((label, row) => (label === readings.truth[row] ? 1 : 0));
}

function predictedOf({ truth, probabilities }: Readings, classes: number): number[] {
  return truth.map((_, row) => argmax(probabilities.subarray(row * classes, (row + 1) * classes)));
}

function takeReadings(
  { truth, probabilities }: Readings,
  classes: number,
  indices: readonly number[],
): Readings {
  const taken = new Float32Array(indices.length * classes);
  indices.forEach((from, to) => {
    taken.set(probabilities.subarray(from * classes, (from + 1) * classes), to * classes);
  });
  return { truth: indices.map((index) => truth[index]!), probabilities: taken };
}

function marginOf(row: Float32Array): number {
  const [first = 0, second = 0] = Array.from(row).sort((a, b) => b - a);
  return first - second;
}
