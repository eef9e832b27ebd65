// Accuracy by the pose of the unchanged faces, which BlazeFace's key points give.
// @ts-check
import { createBlazeFaceDetector, createFaceCropper } from '@mien/core';
import { FER2013_SIDE as SIDE, imageOf } from '@mien/train';
import { measureQuality } from '../../packages/core/dist/modules/quality/measure-quality.js';
import { readModel } from '../read-model.js';
import { WHOLE } from './conditions.js';
import { printBins } from './print.js';

/** Pictures are enlarged to this side for BlazeFace: in 48 pixels it finds no eyes. */
const ENLARGED_SIDE = 4 * SIDE;
/** Where FER2013's crops have the face. */
const FACE = {
  x: ENLARGED_SIDE * 0.1,
  y: ENLARGED_SIDE * 0.15,
  width: ENLARGED_SIDE * 0.8,
  height: ENLARGED_SIDE * 0.8,
};

/**
 * @param {import('@mien/train').Dataset} dataset @param {import('@mien/train').Rows} rows
 * @param {any} input  of the classifier's manifest
 * @param {readonly boolean[]} right  whether each of the rows is read right
 */
export async function printPoses(dataset, rows, input, right) {
  const detector = await createBlazeFaceDetector({ model: readModel('blazeface-short-range') });
  const size = { width: ENLARGED_SIDE, height: ENLARGED_SIDE };
  const enlarger = await createFaceCropper({ ...size, channels: 1, range: [0, 255] }, WHOLE);
  const crop = new Float32Array(input.width * input.height); // pose does not look at it
  const box = { x: 0, y: 0, ...size };
  const transform = { a: ENLARGED_SIDE / input.width, b: 0, x: 0, y: 0 };
  const readings = [...rows].flatMap((row, index) => {
    const channels = /** @type {const} */ (1);
    const picture = { data: imageOf(dataset, row), width: SIDE, height: SIDE, channels };
    const data = enlarger.cropAll(picture, [{ x: 0, y: 0, width: SIDE, height: SIDE }]);
    const frame = { data: Uint8Array.from(data, Math.round), ...size, channels };
    const found = detector.detectAt(frame, FACE);
    if (found === undefined) return [];
    const measures = measureQuality({ box, keyPoints: found.keyPoints, transform, crop }, frame, input);
    return [{ ...measures, score: found.score, right: right[index] === true }];
  });
  console.log(`\nkey points in ${readings.length} of ${rows.length}`);
  printBins('|yaw|', [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1], readings, ({ yaw }) =>
    Math.abs(yaw ?? NaN),
  );
  printBins('pitch', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], readings, ({ pitch }) => pitch ?? NaN);
  const toDegrees = (/** @type {number} */ rad) => (Math.abs(rad) * 180) / Math.PI;
  printBins('|roll| in degrees', [5, 10, 15, 20, 25, 30, 40], readings, ({ rollRad }) =>
    toDegrees(rollRad ?? NaN),
  );
  printBins(
    'score of the detector',
    [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95],
    readings,
    ({ score }) => score,
  );
}
