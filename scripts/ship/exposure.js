// How bright and how rich in contrast the pictures are that a network was trained on: the range in which 24 of 25 lie.
// @ts-check
import { imageOf } from '@mien/train';

/** Left out at each end. */
const SHARE = 0.02;

/**
 * @param {import('@mien/train').Dataset} dataset @param {import('@mien/train').Rows} rows
 * @returns {import('@mien/core').ExposureRange} in shares of the input's range, to hundredths
 */
export function measureExposure(dataset, rows) {
  /** @type {number[]} */
  const means = [];
  /** @type {number[]} */
  const deviations = [];
  for (const row of rows) {
    const picture = imageOf(dataset, row);
    let sum = 0;
    for (const grey of picture) sum += grey;
    const mean = sum / picture.length;
    let squares = 0;
    for (const grey of picture) squares += (grey - mean) ** 2;
    means.push(mean / 255);
    deviations.push(Math.sqrt(squares / picture.length) / 255);
  }
  return { brightness: mostOf(means), contrast: mostOf(deviations) };
}

/** @param {number[]} values @returns {[number, number]} */
function mostOf(values) {
  const sorted = values.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    Number((sorted[Math.round(share * (sorted.length - 1))] ?? 0).toFixed(2));
  return [at(SHARE), at(1 - SHARE)];
}
