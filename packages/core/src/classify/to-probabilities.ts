import type { Probabilities } from '../result.js';

/** One row of the network's output under the names of the labels, and the label of its highest value (the first on a tie). */
export function toProbabilities(
  row: Float32Array,
  labels: readonly string[],
): { probabilities: Probabilities; expression: string } {
  let best = 0;
  for (let index = 1; index < row.length; index++) {
    if (row[index]! > row[best]!) best = index;
  }
  const probabilities = Object.fromEntries(labels.map((label, index) => [label, row[index]!]));
  return { probabilities, expression: labels[best]! };
}
