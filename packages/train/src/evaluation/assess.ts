/** What can be said of a model's readings beside the usual figures: how sure they are, and what sureness is worth. */
import { DEFAULT_QUALITY, withTemperature, type Classifier } from '@mien/core';
import { bootstrapIntervals, type Interval } from '../metrics/bootstrap.js';
import { evaluatePredictions } from '../metrics/classification-metrics.js';
import { mcNemar, type McNemar } from '../metrics/mcnemar.js';
import { proportionInterval } from '../metrics/proportion-interval.js';
import { selectiveMetrics, type SelectiveMetrics } from '../metrics/selective.js';
import { hitsOf, marginsOf, takeReadings, topProbabilitiesOf, type Readings } from './readings.js';

/** Figures with their 95 % intervals, as the network gives its probabilities. */
export interface MeasuredAccuracy {
  readonly count: number;
  readonly accuracy: number;
  readonly accuracyInterval: Interval;
  readonly macroF1: number;
  readonly macroF1Interval: Interval;
  readonly ece: number;
  readonly eceInterval: Interval;
  readonly nll: number;
  readonly nllInterval: Interval;
  /** In the order of the labels. */
  readonly perClass: readonly MeasuredClass[];
}

export interface MeasuredClass {
  readonly label: string;
  readonly support: number;
  readonly precision: number;
  readonly precisionInterval: Interval;
  readonly recall: number;
  readonly recallInterval: Interval;
}

/** Readings on one side of the threshold of `unsure`. */
export interface PartAccuracy {
  readonly count: number;
  /** `null` where there are none. */
  readonly accuracy: number | null;
  /** 95 % (Wilson). */
  readonly interval: Interval;
}

/** Readings by whether their lead reaches a threshold. */
export interface ByMargin {
  readonly minMargin: number;
  readonly sure: PartAccuracy;
  readonly unsure: PartAccuracy;
}

export interface Assessment {
  readonly selective: SelectiveMetrics;
  /** By the lead of the highest probability over the next, as the analyzer tells sure readings from unsure ones. */
  readonly byMargin: ByMargin;
}

/** Figures of readings, or of some of them. */
export function measureAccuracy(
  readings: Readings,
  labels: readonly string[],
  indices: readonly number[] = [...readings.truth.keys()],
): MeasuredAccuracy {
  const kept = takeReadings(readings, labels.length, indices);
  const { count, accuracy, macroF1, ece, nll, perClass } = evaluatePredictions(
    kept.probabilities,
    kept.truth,
    labels,
  );
  const intervals = bootstrapIntervals(kept.probabilities, kept.truth, labels.length);
  return {
    count,
    accuracy,
    accuracyInterval: intervals.accuracy,
    macroF1,
    macroF1Interval: intervals.macroF1,
    ece,
    eceInterval: intervals.ece,
    nll,
    nllInterval: intervals.nll,
    perClass: perClass.map(({ label, support, precision, recall }, index) => ({
      label,
      support,
      precision,
      precisionInterval: intervals.perClass[index]!.precision,
      recall,
      recallInterval: intervals.perClass[index]!.recall,
    })),
  };
}

/** By the probabilities that the analyzer would give: those at the manifest's temperature. */
export function assessReadings(readings: Readings, { labels, manifest }: Classifier): Assessment {
  const classes = labels.length;
  const { temperature = 1 } = manifest.calibration ?? {};
  const probabilities = withTemperature(readings.probabilities, classes, temperature);
  const { minMargin } = manifest.quality ?? DEFAULT_QUALITY;
  return {
    selective: selectiveMetrics(topProbabilitiesOf(probabilities, classes), hitsOf(readings, classes)),
    byMargin: divideByMargin({ ...readings, probabilities }, classes, minMargin),
  };
}

/** Accuracy of the readings with a lead of at least `minMargin`, and of the others. */
export function divideByMargin(readings: Readings, classes: number, minMargin: number): ByMargin {
  const hits = hitsOf(readings, classes);
  const margins = marginsOf(readings.probabilities, classes);
  const part = (isIn: (margin: number) => boolean): PartAccuracy => {
    const inside = hits.filter((_, row) => isIn(margins[row]!));
    const right = inside.reduce((sum, hit) => sum + hit, 0);
    return {
      count: inside.length,
      accuracy: inside.length === 0 ? null : right / inside.length,
      interval: proportionInterval(right, inside.length),
    };
  };
  return {
    minMargin,
    sure: part((margin) => margin >= minMargin),
    unsure: part((margin) => margin < minMargin),
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
