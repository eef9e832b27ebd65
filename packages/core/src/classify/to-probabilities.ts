import { argmax } from '../argmax.js';
import type { Probabilities } from '../result.js';

/** One row of the network's output by label, and the label with the highest value; on a tie the first. */
export function toProbabilities(
  row: Float32Array,
  labels: readonly string[],
): { probabilities: Probabilities; expression: string } {
  const probabilities = Object.fromEntries(labels.map((label, index) => [label, row[index]!]));
  return { probabilities, expression: labels[argmax(row)]! };
}
