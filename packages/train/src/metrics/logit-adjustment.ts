/**
 * Logit adjustment after training: a network trained on few pictures of a label gives it too little; adding
 * −τ · ln(share of the label in training) to its logits gives that back. τ = 1 is right for a perfectly fitted network
 * if every label counts the same; smaller ones cost less accuracy.
 *
 *   p′ᵢ = pᵢ · πᵢ^−τ / Σ pⱼ · πⱼ^−τ = softmax(zᵢ − τ ln πᵢ)
 *
 * Ref: Menon et al. 2021, "Long-tail Learning via Logit Adjustment", section 4.1.
 */
import { argmax, MienError } from '@mien/core';
import { createRandom } from '../random.js';

/** τ that are tried: 0, 0.05 … 1. */
const STEPS = 20;
const SAMPLES = 400;
/** Part of the samples in which macro-F1 must rise. */
const SURE = 0.95;

/** What is added to the logits, by label; the mean over the labels is 0, which changes no probability. */
export function logitOffsets(shares: readonly number[], tau: number): number[] {
  const offsets = shares.map((share) => -tau * Math.log(share));
  const mean = offsets.reduce((sum, offset) => sum + offset, 0) / offsets.length;
  return offsets.map((offset) => offset - mean);
}

/**
 * @param probabilities `[rows, classes]`, rows sum to 1
 * @returns a new `[rows, classes]` with `offsets` added to the logits
 */
export function withLogitOffsets(probabilities: Float32Array, offsets: readonly number[]): Float32Array {
  const classes = offsets.length;
  const adjusted = Float32Array.from(probabilities, (value, i) => value * Math.exp(offsets[i % classes]!));
  for (let start = 0; start < adjusted.length; start += classes) {
    const row = adjusted.subarray(start, start + classes);
    const sum = row.reduce((total, value) => total + value, 0);
    for (let i = 0; i < classes; i++) row[i] = row[i]! / sum;
  }
  return adjusted;
}

/**
 * Chooses the τ with the highest macro-F1 among those that read no fewer pictures right than τ = 0 does and whose gain is
 * more than chance: of 400 samples of the pictures, drawn with replacement, at least 95 % have a higher macro-F1. With
 * the 46 pictures of disgust that a tenth of FER2013 has, a τ chosen by macro-F1 alone lost on other pictures
 * (docs/LOG.md).
 *
 * @param probabilities `[rows, classes]` of pictures that the model was not trained on
 * @param truth index of the label of each row
 * @param shares of each label in training; sum to 1
 * @returns 0 where no adjustment is better
 * @throws MienError `USAGE` when a label is missing in training
 */
export function chooseTau(
  probabilities: Float32Array,
  truth: ArrayLike<number>,
  shares: readonly number[],
): number {
  const missing = shares.findIndex((share) => !(share > 0));
  if (missing !== -1) {
    throw new MienError('USAGE', `evaluate: label ${missing} has no picture to train on, so logits cannot be adjusted by its share`); // prettier-ignore
  }
  const classes = shares.length;
  /** truth · classes + read, by row */
  const cellsAt = (tau: number): Int32Array => {
    const adjusted = withLogitOffsets(probabilities, logitOffsets(shares, tau));
    return Int32Array.from({ length: truth.length }, (_, row) => {
      const read = argmax(adjusted.subarray(row * classes, (row + 1) * classes));
      return truth[row]! * classes + read;
    });
  };
  const samples = drawSamples(truth.length);
  const once = Uint16Array.from({ length: truth.length }, () => 1);
  const plainCells = cellsAt(0);
  const plain = score(plainCells, once, classes);
  const plainOfSamples = samples.map((counts) => score(plainCells, counts, classes).macroF1);
  let [best, bestF1] = [0, plain.macroF1];
  for (let step = 1; step <= STEPS; step++) {
    const cells = cellsAt(step / STEPS);
    const { hits, macroF1 } = score(cells, once, classes);
    if (hits < plain.hits || macroF1 <= bestF1) continue;
    const better = samples.filter(
      (counts, index) => score(cells, counts, classes).macroF1 > plainOfSamples[index]!,
    );
    if (better.length >= SURE * samples.length) [best, bestF1] = [step / STEPS, macroF1];
  }
  return best;
}

/** How often each row is drawn, by sample. */
function drawSamples(rows: number): Uint16Array[] {
  const random = createRandom(1).fork('logit adjustment');
  return Array.from({ length: SAMPLES }, () => {
    const counts = new Uint16Array(rows);
    for (let i = 0; i < rows; i++) {
      const row = Math.floor(random.uniform() * rows);
      counts[row] = counts[row]! + 1;
    }
    return counts;
  });
}

/** @param counts how often each row counts */
function score(
  cells: Int32Array,
  counts: Uint16Array,
  classes: number,
): { readonly hits: number; readonly macroF1: number } {
  const right = new Float64Array(classes);
  const both = new Float64Array(classes); // pictures of the label plus those read as it
  for (let row = 0; row < cells.length; row++) {
    const [label, read] = [Math.floor(cells[row]! / classes), cells[row]! % classes];
    if (label === read) right[label] = right[label]! + counts[row]!;
    both[label] = both[label]! + counts[row]!;
    both[read] = both[read]! + counts[row]!;
  }
  let [hits, f1] = [0, 0];
  for (let label = 0; label < classes; label++) {
    hits += right[label]!;
    if (both[label]! > 0) f1 += (2 * right[label]!) / both[label]!;
  }
  return { hits, macroF1: f1 / classes };
}
