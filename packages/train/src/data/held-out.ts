/**
 * Holds out a fixed part of the pictures for validation, chosen by their content.
 *
 * A picture is held out when the first four bytes of the SHA-256 of its pixels, as a big-endian fraction of 2^32, are
 * below the part that is asked for. So exact repeats of a picture are always on the same side (FER2013 repeats 1,234
 * rows of Training, which would otherwise let a network be validated on pictures that it has learnt by heart), and
 * reordering, adding or removing other pictures moves none. A larger part contains every smaller one.
 */
import { imageOf, type Dataset, type Rows } from './dataset.js';
import { sha256Words } from './sha256.js';

/** The hash's place between 0 and 1 of one row. */
export function heldOutFraction(dataset: Dataset, row: number): number {
  return sha256Words(imageOf(dataset, row))[0]! / 2 ** 32;
}

/** Splits rows into those that stay and those that are held out, both in their given order. */
export function splitHeldOut(
  dataset: Dataset,
  rows: Rows,
  part: number,
): { readonly kept: Rows; readonly heldOut: Rows } {
  const isHeldOut = new Map(Array.from(rows, (row) => [row, heldOutFraction(dataset, row) < part]));
  return {
    kept: rows.filter((row) => isHeldOut.get(row) === false),
    heldOut: rows.filter((row) => isHeldOut.get(row) === true),
  };
}
