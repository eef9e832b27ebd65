/** What a model read in each picture of a measurement. */
import type { RowsEvaluation } from '@mien/train';

export interface Reading {
  /** Of the data set. */
  readonly row: number;
  /** Indices among the model's labels: what the picture is labelled and what was read. */
  readonly truth: number;
  readonly read: number;
  /** Of what was read, and of the label. */
  readonly probability: number;
  readonly truthProbability: number;
}

export function toReadings({ labels, predictions }: RowsEvaluation): Reading[] {
  const { rows, truth, probabilities } = predictions;
  return truth.map((label, index) => {
    const values = probabilities.subarray(index * labels.length, (index + 1) * labels.length);
    const probability = Math.max(...values);
    return {
      row: rows[index] ?? 0,
      truth: label,
      read: values.indexOf(probability), // the first one on a tie, as in the figures
      probability,
      truthProbability: values[label] ?? 0,
    };
  });
}
