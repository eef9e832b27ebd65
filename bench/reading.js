// Mien: from the pixels of a frame to the expressions of its faces, one thread.
// @ts-check
import { createAnalyzer, createBlazeFaceDetector, loadModel } from '@mien/core';
import { DEFAULT_MODEL } from '@mien/node/models';
import { report } from './measure.js';
import { readModel } from './read-model.js';
import { cameraViews, measureReading, photographs } from './reading-views.js';

const FRAME_MS = 1000 / 30;

/** @param {'camera' | 'picture'} mode */
const open = async (mode) =>
  createAnalyzer({
    model: await loadModel(readModel(DEFAULT_MODEL)),
    detector: await createBlazeFaceDetector({ model: readModel('blazeface-short-range'), mode }),
  });
const frameOf = (/** @type {import('./reading-views.js').View} */ { frame }) => frame;
const boxesOf = (/** @type {import('@mien/core').Analysis} */ { faces }) => faces.map(({ box }) => box);

const [camera, picture] = [await open('camera'), await open('picture')];
let timestampMs = 0;
report({
  ...(await measureReading('mien, camera frames', await cameraViews(), frameOf, (frame) =>
    boxesOf(camera.analyzeFrame(frame, (timestampMs += FRAME_MS))),
  )),
  ...(await measureReading(
    'mien, photographs',
    await photographs(),
    frameOf,
    (frame) => boxesOf(picture.analyzeImage(frame)),
    { all: true },
  )),
});
