// How well are faces read that have to be found first? node bench/accuracy/in-frames.js FER2013.csv[.gz] [MODEL_ID…]
//
// FER2013's pictures are crops. Here each picture of PublicTest is enlarged three times and laid into the middle of a larger
// frame, level or leaning by 20°. BlazeFace looks for faces in the frame; the analyzer cuts out the largest, turns it upright
// and reads it. Beside it stands the reading of the same pictures as FER2013 has them. A face that is not found counts as not
// read, and `rightOfAll` counts it as wrong. Writes models/<id>/results/in-frames.json, which the model card shows.
// @ts-check
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createAnalyzer, createBlazeFaceDetector, createPredictor, loadModel } from '@mien/core';
import { imageOf, labelOf, rowsOfSplit } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { embedPicture } from '../embed-picture.js';
import { readModel } from '../read-model.js';

/** @typedef {import('@mien/core').Detection} Detection */
/** @typedef {{ pictures: number, found: number, right: number, rightAsCropped: number }} Tally */

/** In degrees, clockwise; pictures lean to the one side and to the other in turn. */
const LEAN = 20;

/** @param {string} id  of a model in models/ @param {import('@mien/train').Dataset} dataset  FER2013 */
export async function measureInFrames(id, dataset) {
  const files = readModel(id);
  const model = await loadModel(files);
  const predictor = await createPredictor(model);
  const blazeface = await createBlazeFaceDetector({ model: readModel('blazeface-short-range') });
  // The crop may reach beyond the picture, where its edge goes on; for the detector the surroundings are grey. So the face is
  // found in one frame and read in the other, by a detector that repeats what was found.
  /** @type {Detection[]} */
  let found = [];
  const analyzer = await createAnalyzer({ model, detector: { ...blazeface, detectInPicture: () => found } });
  const [low, high] = model.manifest.input.range;

  /** @type {Tally} */
  const level = { pictures: 0, found: 0, right: 0, rightAsCropped: 0 };
  const leaning = { ...level };
  for (const row of rowsOfSplit(dataset, 'PublicTest')) {
    const picture = imageOf(dataset, row);
    const label = dataset.labelNames[labelOf(dataset, row)];
    const input = Float32Array.from(picture, (grey) => low + ((high - low) * grey) / 255);
    const cropped = predictor.predict(input, 1);
    const isRightAsCropped = model.labels[cropped.indexOf(Math.max(...cropped))] === label;
    for (const [tally, lean] of /** @type {const} */ ([
      [level, 0],
      [leaning, row % 2 === 0 ? LEAN : -LEAN],
    ])) {
      const frame = embedPicture(picture, lean, 'grey');
      found = largestOf(blazeface.detectInPicture(frame));
      tally.pictures++;
      if (found.length === 0) continue;
      tally.found++;
      if (isRightAsCropped) tally.rightAsCropped++;
      const [face] = analyzer.analyzeImage(embedPicture(picture, lean, 'edge')).faces;
      if (face?.expression === label) tally.right++;
    }
  }
  const result = {
    conditions: {
      model: id,
      weightsSha256: files.manifest.weights.sha256,
      detector: blazeface.id,
      data: 'FER2013 PublicTest',
      leanDegrees: LEAN,
    },
    level: toFigures(level),
    leaning: toFigures(leaning),
  };
  writeFileSync(
    new URL(`../../models/${id}/results/in-frames.json`, import.meta.url),
    `${JSON.stringify(result, null, 2)}\n`,
  );
  return result;
}

/** @param {readonly Detection[]} detections */
function largestOf(detections) {
  const area = (/** @type {Detection} */ { box }) => box.width * box.height;
  return [...detections].sort((a, b) => area(b) - area(a)).slice(0, 1);
}

/** @param {Tally} tally */
function toFigures({ pictures, found, right, rightAsCropped }) {
  return {
    pictures,
    found,
    accuracy: right / found,
    accuracyAsCropped: rightAsCropped / found,
    rightOfAll: right / pictures,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, ...ids] = process.argv.slice(2);
  if (path === undefined) {
    console.error('usage: node bench/accuracy/in-frames.js FER2013.csv[.gz] [MODEL_ID…]');
    process.exit(2);
  }
  const dataset = await readFer2013(path);
  for (const id of ids.length > 0 ? ids : ['nano', 'base', 'mini-xception']) {
    const { level, leaning } = await measureInFrames(id, dataset);
    console.log(id, JSON.stringify({ level, leaning }));
  }
}
