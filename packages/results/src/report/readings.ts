/** The model's reading of each picture of an evaluation. */
import type { RowsEvaluation } from '@mien/train';

export interface Reading {
  /** In the dataset. */
  readonly row: number;
  /** Indices of labels: the true label and the reading. */
  readonly truth: number;
  readonly read: number;
  /** Of the reading, and of the true label. */
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
