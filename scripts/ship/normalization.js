// How bright and how rich in contrast the pictures are that a network was trained on: the range in which 24 of 25 lie.
// @ts-check
import { imageOf } from '@mien/train';
import { measureExposure } from '../../packages/core/dist/modules/classify/normalize-exposure.js';

/** Left out at each end. */
const SHARE = 0.02;

/**
 * @param {import('@mien/train').Dataset} dataset @param {import('@mien/train').Rows} rows
 * @returns {import('@mien/core').ExposureRange} in shares of the input's range, to hundredths
 */
export function measureExposureRange(dataset, rows) {
  const measured = [...rows].map((row) => measureExposure(imageOf(dataset, row), [0, 255]));
  return {
    brightness: mostOf(measured.map(({ brightness }) => brightness)),
    contrast: mostOf(measured.map(({ contrast }) => contrast)),
  };
}

/** @param {number[]} values @returns {[number, number]} */
function mostOf(values) {
  const sorted = values.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    Number((sorted[Math.round(share * (sorted.length - 1))] ?? 0).toFixed(2));
  return [at(SHARE), at(1 - SHARE)];
}
