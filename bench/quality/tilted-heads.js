// Tilted heads, through the whole way: BlazeFace finds the face in a frame, and the cropper turns it upright.
// @ts-check
import { createBlazeFaceDetector, createFaceCropper } from '@mien/core';
import { imageOf } from '@mien/train';
import { embedPicture } from '../embed-picture.js';
import { readModel } from '../read-model.js';
import { percentRight } from './print.js';

/** Every Nth picture is used: each needs a detection. */
const EVERY = 4;
/** Bins of the expected calibration error, as `mien evaluate` counts it. */
const BINS = 15;

/**
 * @param {import('@mien/train').Dataset} dataset @param {import('@mien/train').Rows} rows
 * @param {any} manifest  of the classifier @param {import('@mien/core').Predictor} predictor
 */
export async function printTiltedHeads(dataset, rows, manifest, predictor) {
  const detector = await createBlazeFaceDetector({
    model: readModel('blazeface-short-range'),
    mode: 'camera',
  });
  const cropper = await createFaceCropper(manifest.input, manifest.crop);
  const used = rows.filter((_, index) => index % EVERY === 0);
  console.log('\ntilted by degrees: found, accuracy of those, expected calibration error');
  for (const degrees of [0, 15, 30, 45, 60, 75]) {
    const readings = [...used].flatMap((row) => {
      const picture = imageOf(dataset, row);
      const [face] = detector.detect(embedPicture(picture, degrees, 'grey'));
      if (face === undefined) return [];
      const crop = cropper.cropFaces(embedPicture(picture, degrees, 'edge'), [face], detector);
      const probabilities = predictor.predict(crop, 1);
      const confidence = Math.max(...probabilities);
      return [{ confidence, right: probabilities.indexOf(confidence) === dataset.labels[row] }];
    });
    const found = `${readings.length} of ${used.length}`;
    console.log(
      `${String(degrees).padStart(4)}  ${found}  ${percentRight(readings)}  ${calibrationError(readings).toFixed(3)}`,
    );
  }
}

/** @param {readonly { confidence: number, right: boolean }[]} readings */
function calibrationError(readings) {
  const gaps = new Float64Array(BINS);
  for (const { confidence, right } of readings) {
    const bin = Math.min(Math.floor(confidence * BINS), BINS - 1);
    gaps[bin] = (gaps[bin] ?? 0) + confidence - Number(right);
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / readings.length;
}
