/**
 * Holds out a share of the pictures for validation, chosen by their content.
 *
 * A picture is held out when the first four bytes of the SHA-256 of its pixels, as a big-endian fraction of 2^32, are
 * below the share. Exact duplicates are therefore always on the same side (FER2013 repeats 1,234 rows of Training, on
 * which a network would otherwise be both trained and validated), and the choice does not depend on the order of the
 * file or on other pictures. A larger share contains every smaller one.
 */
import { imageOf, type Dataset, type Rows } from './dataset.js';
import { sha256Words } from './sha256.js';

/** The hash of a row as a number from 0 to 1. */
export function heldOutFraction(dataset: Dataset, row: number): number {
  return sha256Words(imageOf(dataset, row))[0]! / 2 ** 32;
}

/** Splits rows into kept and held-out ones, both in their order. */
export function splitHeldOut(
  dataset: Dataset,
  rows: Rows,
  share: number,
): { readonly kept: Rows; readonly heldOut: Rows } {
  const isHeldOut = new Map(Array.from(rows, (row) => [row, heldOutFraction(dataset, row) < share]));
  return {
    kept: rows.filter((row) => isHeldOut.get(row) === false),
    heldOut: rows.filter((row) => isHeldOut.get(row) === true),
  };
}
