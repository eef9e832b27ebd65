// What the pictures are like that a network was trained on: how noisy, how soft, how bright and how rich in contrast. Pictures
// outside are brought to the nearer end before the network reads them.
// @ts-check
import { FER2013_SIDE, imageOf } from '@mien/train';
import { measureDetail } from '../../packages/core/dist/modules/classify/normalize-detail.js';
import { measureExposure } from '../../packages/core/dist/modules/classify/normalize-exposure.js';

/** Left out at each end: one picture of 50. */
const SHARE = 0.02;
const SHAPE = { width: FER2013_SIDE, height: FER2013_SIDE, channels: /** @type {const} */ (1) };

/**
 * @param {import('@mien/train').Dataset} dataset @param {import('@mien/train').Rows} rows
 * @returns {Required<Pick<import('@mien/core').InputNormalization, 'detail' | 'exposure'>>} to hundredths
 */
export function measureNormalization(dataset, rows) {
  const pictures = [...rows].map((row) => imageOf(dataset, row));
  const details = pictures.map((picture) => measureDetail(picture, SHAPE));
  const exposures = pictures.map((picture) => measureExposure(picture, [0, 255]));
  const [, maxNoise] = mostOf(details.map(({ noise }) => noise));
  const [minSlope] = mostOf(details.map(({ slope }) => slope));
  return {
    detail: { maxNoise, minSlope },
    exposure: {
      brightness: mostOf(exposures.map(({ brightness }) => brightness)),
      contrast: mostOf(exposures.map(({ contrast }) => contrast)),
    },
  };
}

/** @param {number[]} values @returns {[number, number]} */
function mostOf(values) {
  const sorted = values.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    Number((sorted[Math.round(share * (sorted.length - 1))] ?? 0).toFixed(2));
  return [at(SHARE), at(1 - SHARE)];
}
