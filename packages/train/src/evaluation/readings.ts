/** What is taken from a model's predictions again and again. */
import { argmax } from '@mien/core';
import type { Predictions } from '../predictions.js';

export type Readings = Pick<Predictions, 'truth' | 'probabilities'>;

/** 1 where the highest probability (the first on a tie) is that of the label. */
export function hitsOf({ truth, probabilities }: Readings, classes: number): number[] {
  return truth.map((label, row) => (argmax(rowOf(probabilities, classes, row)) === label ? 1 : 0));
}

/** The highest probability of each row. */
export function topProbabilitiesOf(probabilities: Float32Array, classes: number): number[] {
  return rowsOf(probabilities, classes).map((row) => Math.max(...row));
}

/** Lead of the highest probability over the next, of each row. */
export function marginsOf(probabilities: Float32Array, classes: number): number[] {
  return rowsOf(probabilities, classes).map((row) => {
    const [first = 0, second = 0] = Array.from(row).sort((a, b) => b - a);
    return first - second;
  });
}

export function takeReadings(
  { truth, probabilities }: Readings,
  classes: number,
  indices: readonly number[],
): Readings {
  const taken = new Float32Array(indices.length * classes);
  indices.forEach((from, to) => taken.set(rowOf(probabilities, classes, from), to * classes));
  return { truth: indices.map((index) => truth[index]!), probabilities: taken };
}

function rowsOf(probabilities: Float32Array, classes: number): Float32Array[] {
  return Array.from({ length: probabilities.length / classes }, (_, row) =>
    rowOf(probabilities, classes, row),
  );
}

function rowOf(probabilities: Float32Array, classes: number, row: number): Float32Array {
  return probabilities.subarray(row * classes, (row + 1) * classes);
}
