/** The lead of the first expression over the second below which a reading is more often wrong than right. */
import { MienError } from '@mien/core';

/** Of the threshold, so that a manifest stays readable. */
const STEPS = 100;

/**
 * Finds the smallest lead at which a reading is at least as likely right as wrong. How likely a reading of some lead is
 * right is the non-decreasing function of the lead that fits the readings best (least squares), so that a few pictures
 * by chance do not decide.
 *
 * Ref: Ayer et al. 1955, "An Empirical Distribution Function for Sampling with Incomplete Information" (pool adjacent
 * violators).
 *
 * @param margins lead of each reading, 0…1, at the probabilities that the analyzer will use
 * @param hits 1 where the reading is right, 0 elsewhere; of pictures that the model was not trained on
 * @returns 0…1, in hundredths, rounded down; 0 if even readings without a lead are right more often than wrong, 1 if none is
 * @throws MienError `USAGE` without readings
 */
export function fitMinMargin(margins: ArrayLike<number>, hits: ArrayLike<number>): number {
  const count = margins.length;
  if (count === 0 || hits.length !== count) {
    throw new MienError('USAGE', `metrics: a threshold of unsure readings is fitted to at least one reading, got ${count} leads and ${hits.length} hits`); // prettier-ignore
  }
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => margins[a]! - margins[b]!);
  // Blocks of neighbouring readings, each at least as often right as the one before.
  const blocks: { start: number; count: number; hits: number }[] = [];
  for (const row of order) {
    let block = { start: margins[row]!, count: 1, hits: hits[row]! };
    while (blocks.length > 0) {
      const last = blocks[blocks.length - 1]!;
      if (last.hits / last.count < block.hits / block.count) break;
      blocks.pop();
      block = { start: last.start, count: last.count + block.count, hits: last.hits + block.hits };
    }
    blocks.push(block);
  }
  const first = blocks.findIndex((block) => 2 * block.hits >= block.count);
  if (first === -1) return 1;
  return first === 0 ? 0 : Math.floor(blocks[first]!.start * STEPS) / STEPS;
}
