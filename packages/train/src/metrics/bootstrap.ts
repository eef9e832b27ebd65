/**
 * How far a figure may be off by the choice of pictures: the figure of many samples, each of as many pictures, drawn
 * with replacement; the interval leaves out 2.5 % at either end.
 *
 * Ref: Efron, Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3 (percentile interval).
 */
import { createRandom } from '../random.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface BootstrapIntervals {
  readonly accuracy: Interval;
  readonly macroF1: Interval;
}

const SAMPLES = 1000;
const TAIL = 0.025;

/**
 * 95 % intervals; the same seed gives the same ones.
 *
 * @param truth index of the label of each picture
 * @param predicted index of the label that was read
 * @param classes number of labels; macro-F1 is over those that have pictures in the sample, as everywhere
 */
export function bootstrapIntervals(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
  seed = 1,
): BootstrapIntervals {
  const random = createRandom(seed).fork('bootstrap');
  const count = truth.length;
  const accuracies = new Float64Array(SAMPLES);
  const scores = new Float64Array(SAMPLES);
  const cells = Int32Array.from({ length: count }, (_, i) => truth[i]! * classes + predicted[i]!);
  const confusion = new Int32Array(classes * classes);
  for (let sample = 0; sample < SAMPLES; sample++) {
    confusion.fill(0);
    for (let i = 0; i < count; i++) {
      const cell = cells[Math.floor(random.uniform() * count)]!;
      confusion[cell] = confusion[cell]! + 1;
    }
    let hits = 0;
    let f1 = 0;
    let present = 0;
    for (let label = 0; label < classes; label++) {
      let both = 0; // pictures of the label plus those read as it
      let support = 0;
      for (let other = 0; other < classes; other++) {
        support += confusion[label * classes + other]!;
        both += confusion[label * classes + other]! + confusion[other * classes + label]!;
      }
      const right = confusion[label * classes + label]!;
      hits += right;
      if (support === 0) continue;
      present++;
      f1 += (2 * right) / both;
    }
    accuracies[sample] = hits / count;
    scores[sample] = f1 / present;
  }
  return { accuracy: toInterval(accuracies), macroF1: toInterval(scores) };
}

function toInterval(values: Float64Array): Interval {
  values.sort();
  const at = (part: number): number => values[Math.round(part * (values.length - 1))]!;
  return { low: at(TAIL), high: at(1 - TAIL) };
}
