/**
 * How far a figure may be off by the choice of pictures: the figure of many samples, each of as many pictures, drawn
 * with replacement; the interval leaves out 2.5 % at either end.
 *
 * Ref: Efron, Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3 (percentile interval).
 */
import { argmax } from '@mien/core';
import { createRandom } from '../random.js';
import { ECE_BINS, MIN_PROBABILITY, toBin } from './classification-metrics.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapIntervals {
  readonly accuracy: Interval;
  readonly macroF1: Interval;
  /** Chance alone keeps it above 0, the more so with few pictures: compare it between groups of one size only. */
  readonly ece: Interval;
  readonly nll: Interval;
  /** By label; of labels without pictures or readings, the whole range from 0 to 1. */
  readonly perClass: readonly { readonly precision: Interval; readonly recall: Interval }[];
}

const SAMPLES = 1000;
const TAIL = 0.025;
const ANYTHING: Interval = { low: 0, high: 1 };

/**
 * 95 % intervals; the same seed gives the same ones.
 *
 * @param probabilities `[pictures, classes]`
 * @param truth index of the label of each picture
 * @param classes number of labels; macro-F1 is over those that have pictures in the sample, as everywhere
 */
export function bootstrapIntervals(
  probabilities: Float32Array,
  truth: ArrayLike<number>,
  classes: number,
  seed = 1,
): BootstrapIntervals {
  const random = createRandom(seed).fork('bootstrap');
  const pictures = describePictures(probabilities, truth, classes);
  const sums = new SampleSums(classes);
  const labels = Array.from({ length: classes }, (_, label) => label);
  const values = {
    accuracy: new Float64Array(SAMPLES),
    macroF1: new Float64Array(SAMPLES),
    ece: new Float64Array(SAMPLES),
    nll: new Float64Array(SAMPLES),
    precision: labels.map(() => new Float64Array(SAMPLES)),
    recall: labels.map(() => new Float64Array(SAMPLES)),
  };
  for (let sample = 0; sample < SAMPLES; sample++) {
    sums.reset();
    for (let i = 0; i < truth.length; i++) sums.add(pictures, Math.floor(random.uniform() * truth.length));
    let f1 = 0;
    let present = 0;
    for (const label of labels) {
      const [right, support, read] = sums.countsOf(label);
      values.recall[label]![sample] = right / support; // NaN without pictures
      values.precision[label]![sample] = right / read;
      if (support === 0) continue;
      present++;
      f1 += (2 * right) / (support + read);
    }
    values.accuracy[sample] = sums.hits / truth.length;
    values.macroF1[sample] = f1 / present;
    values.ece[sample] = sums.calibrationGap() / truth.length;
    values.nll[sample] = sums.loss / truth.length;
  }
  return {
    accuracy: toInterval(values.accuracy),
    macroF1: toInterval(values.macroF1),
    ece: toInterval(values.ece),
    nll: toInterval(values.nll),
    perClass: labels.map((label) => ({
      precision: toInterval(values.precision[label]!),
      recall: toInterval(values.recall[label]!),
    })),
  };
}

/** The 95 % interval of a mean. */
export function bootstrapMean(values: readonly number[], seed = 1): Interval {
  const random = createRandom(seed).fork('bootstrap');
  const means = Float64Array.from({ length: SAMPLES }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(random.uniform() * values.length)]!;
    return sum / values.length;
  });
  return toInterval(means);
}

/** What a sample adds up, by picture. */
interface PictureFigures {
  /** truth · classes + read */
  readonly cells: Int32Array;
  readonly bins: Int32Array;
  /** Whether it is right, less its highest probability. */
  readonly gaps: Float64Array;
  readonly losses: Float64Array;
}

function describePictures(
  probabilities: Float32Array,
  truth: ArrayLike<number>,
  classes: number,
): PictureFigures {
  const count = truth.length;
  const figures = {
    cells: new Int32Array(count),
    bins: new Int32Array(count),
    gaps: new Float64Array(count),
    losses: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    const row = probabilities.subarray(i * classes, (i + 1) * classes);
    const [label, read] = [truth[i]!, argmax(row)];
    figures.cells[i] = label * classes + read;
    figures.bins[i] = toBin(row[read]!);
    figures.gaps[i] = (label === read ? 1 : 0) - row[read]!;
    figures.losses[i] = -Math.log(Math.max(row[label]!, MIN_PROBABILITY));
  }
  return figures;
}

class SampleSums {
  loss = 0;
  readonly #confusion: Int32Array;
  readonly #gaps = new Float64Array(ECE_BINS);

  constructor(readonly classes: number) {
    this.#confusion = new Int32Array(classes * classes);
  }

  reset(): void {
    this.loss = 0;
    this.#confusion.fill(0);
    this.#gaps.fill(0);
  }

  add({ cells, bins, gaps, losses }: PictureFigures, picture: number): void {
    const [cell, bin] = [cells[picture]!, bins[picture]!];
    this.#confusion[cell] = this.#confusion[cell]! + 1;
    this.#gaps[bin] = this.#gaps[bin]! + gaps[picture]!;
    this.loss += losses[picture]!;
  }

  get hits(): number {
    let hits = 0;
    for (let label = 0; label < this.classes; label++) hits += this.#confusion[label * (this.classes + 1)]!;
    return hits;
  }

  /** Readings of a label that are right, its pictures, and its readings. */
  countsOf(label: number): [right: number, support: number, read: number] {
    let [support, read] = [0, 0];
    for (let other = 0; other < this.classes; other++) {
      support += this.#confusion[label * this.classes + other]!;
      read += this.#confusion[other * this.classes + label]!;
    }
    return [this.#confusion[label * (this.classes + 1)]!, support, read];
  }

  calibrationGap(): number {
    return this.#gaps.reduce((sum, gap) => sum + Math.abs(gap), 0);
  }
}

/** Of the samples that have the figure at all. */
function toInterval(values: Float64Array): Interval {
  const known = values.filter(Number.isFinite).sort();
  if (known.length === 0) return ANYTHING;
  const at = (part: number): number => known[Math.round(part * (known.length - 1))]!;
  return { low: at(TAIL), high: at(1 - TAIL) };
}
