// Which crop of a face should a network get? node bench/crop-geometry.js FER2013.csv[.gz] [options]
//
//   --model FOLDER   the classifier (default: models/mini-xception)
//   --yunet FILE     a YuNet to compare (default: ../shared/data/detectors/yunet_s_dynamic.onnx, if present)
//   --every N        take every Nth picture of PublicTest (default 3)
//
// FER2013's pictures are crops, and its networks know faces only in that framing. Each picture is enlarged three times and
// embedded in a larger frame, level and tilted; a detector finds the face, and the analyzer's cropper cuts it out again.
// First the bench measures where faces lie in the pictures of Training, then the accuracy and NLL of PublicTest for every
// scale, offset and rotation, then for boxes with random errors. The table is in docs/LOG.md, and all figures are in
// models/mini-xception/results/crop-geometry.json.
// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  createBlazeFaceDetector,
  createFaceCropper,
  createHaarDetector,
  createPredictor,
  createYuNetDetector,
  loadModel,
} from '@mien/core';
import { parseOnnx } from '@mien/formats';
import { datasetSha256, FER2013_SIDE as SIDE, imageOf, labelOf, rowsOfSplit } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { createTestRandom } from '../packages/core/dist/modules/testing/test-random.js';
import { ENLARGED, FRAME, embedPicture } from './embed-picture.js';
import { readModel } from './read-model.js';

const ROOT = new URL('../', import.meta.url);
const DATA = process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT));
const RESULT = new URL('models/mini-xception/results/crop-geometry.json', ROOT);
const YUNET_SIDE = 320;
const BATCH = 64;

const SCALES = [0.9, 0.95, 1, 1.05, 1.1];
const OFFSETS = [0, 0.03, 0.06, 0.09];
const LEANS = [0, -20, 20];
/** Pictures of Training, to measure where faces lie. */
const EVERY_OF_TRAINING = 40;

const { values: options, positionals } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('models/mini-xception', ROOT)) },
    yunet: { type: 'string', default: join(DATA, 'detectors', 'yunet_s_dynamic.onnx') },
    every: { type: 'string', default: '3' },
  },
  allowPositionals: true,
});
const [path] = positionals;
if (path === undefined) {
  console.error(
    'usage: node bench/crop-geometry.js FER2013.csv[.gz] [--model FOLDER] [--yunet FILE] [--every N]',
  );
  process.exit(2);
}

/** @typedef {import('@mien/core').Detector} Detector */
/** @typedef {import('@mien/core').Detection} Detection */
/** @typedef {import('@mien/core').CropGeometry} CropGeometry */

const dataset = await readFer2013(path);
const manifest = JSON.parse(readFileSync(join(options.model, 'manifest.json'), 'utf8'));
const model = await loadModel({
  manifest,
  weights: readFileSync(join(options.model, manifest.weights.file)),
  source: options.model,
});
const { input } = model.manifest;
const predictor = await createPredictor(model);
const detectors = await createDetectors();
const every = Number(options.every);
const rows = [...rowsOfSplit(dataset, 'PublicTest')].filter((_, index) => index % every === 0);

/** @type {Record<string, unknown>} */
const results = {};

// Where faces lie in the pictures.
const training = [...rowsOfSplit(dataset, 'Training')].filter((_, index) => index % EVERY_OF_TRAINING === 0);
for (const [name, detector] of Object.entries(detectors)) {
  const found = findAll(detector, training, 0);
  const inPicture = (/** @type {number} */ at) => (at - FRAME / 2) / (SIDE * ENLARGED) + 0.5;
  const boxes = [...found.values()].map(({ box, wholeBox = box }) => wholeBox);
  const points = [...found.values()].flatMap(({ keyPoints }) => keyPoints ?? []);
  const parts = {
    pictures: training.length,
    found: found.size,
    boxSide: quartiles(boxes.map(({ width, height }) => Math.max(width, height) / (SIDE * ENLARGED))),
    boxMiddleY: quartiles(boxes.map(({ y, height }) => inPicture(y + height / 2))),
    ...(points.length > 0 && {
      eyesY: quartiles(points.map(({ rightEye, leftEye }) => inPicture((rightEye.y + leftEye.y) / 2))),
      eyeDistance: quartiles(
        points.map(
          ({ rightEye, leftEye }) =>
            Math.hypot(leftEye.x - rightEye.x, leftEye.y - rightEye.y) / (SIDE * ENLARGED),
        ),
      ),
      mouthY: quartiles(points.map(({ mouth }) => inPicture(mouth.y))),
    }),
  };
  results[`${name}, faces in the pictures of Training`] = parts;
  console.log(name, JSON.stringify(parts));
}

// Accuracy of each crop.
for (const [name, detector] of Object.entries(detectors)) {
  for (const lean of LEANS) {
    // The cascade finds hardly any tilted face, and one detector with key points is enough to measure the effect of tilt.
    if (lean !== 0 && name !== 'blazeface') continue;
    const found = findAll(detector, rows, lean);
    const turns = name === 'haar' ? [false] : [false, true];
    const crops = SCALES.flatMap((scale) =>
      OFFSETS.flatMap((offsetY) => turns.map((upright) => ({ scale, offsetX: 0, offsetY, upright }))),
    );
    report(`${name}, leaning by ${lean}°`, await readAll(found, lean, detector, crops));
    if (lean === 0) {
      report(
        `${name}, boxes and points off by chance`,
        await readAll(
          shake(found),
          lean,
          detector,
          crops.filter(({ offsetY }) => offsetY === 0.06),
        ),
      );
    }
  }
}

mkdirSync(new URL('.', RESULT), { recursive: true });
const conditions = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  model: model.manifest.id,
  weightsSha256: manifest.weights.sha256,
  datasetSha256: await datasetSha256(dataset),
  pictures: rows.length,
  command: `node bench/crop-geometry.js FER2013.csv --every ${every}`,
};
writeFileSync(RESULT, `${JSON.stringify({ conditions, results }, null, 2)}\n`);

/** Of each picture the largest find. @param {Detector} detector @param {number[]} rows @param {number} lean */
function findAll(detector, rows, lean) {
  /** @type {Map<number, Detection>} */
  const found = new Map();
  for (const row of rows) {
    const area = (/** @type {Detection} */ { box }) => box.width * box.height;
    const [largest] = [...detector.detect(embedPicture(imageOf(dataset, row), lean, 'grey'))].sort(
      (a, b) => area(b) - area(a),
    );
    if (largest !== undefined) found.set(row, largest);
  }
  return found;
}

/**
 * Accuracy and NLL of each crop, over the pictures in which the face was detected.
 *
 * @param {Map<number, Detection>} found @param {number} lean @param {Detector} detector @param {CropGeometry[]} crops
 */
async function readAll(found, lean, detector, crops) {
  const croppers = await Promise.all(crops.map((crop) => createFaceCropper(input, crop)));
  const tallies = crops.map((crop) => ({ ...crop, right: 0, nll: 0 }));
  const length = input.width * input.height * input.channels;
  const inputs = crops.map(() => new Float32Array(BATCH * length));
  const all = [...found];
  for (let first = 0; first < all.length; first += BATCH) {
    const batch = all.slice(first, first + BATCH);
    batch.forEach(([row, find], index) => {
      const frame = embedPicture(imageOf(dataset, row), lean, 'edge');
      croppers.forEach((cropper, at) =>
        inputs[at]?.set(cropper.cropFaces(frame, [find], detector), index * length),
      );
    });
    tallies.forEach((tally, at) => {
      const own = inputs[at];
      if (own === undefined) return;
      const outputs = predictor.predict(own.subarray(0, batch.length * length), batch.length);
      batch.forEach(([row], index) => {
        const count = model.labels.length;
        const probabilities = outputs.subarray(index * count, (index + 1) * count);
        const label = labelOf(dataset, row);
        if (probabilities.indexOf(Math.max(...probabilities)) === label) tally.right++;
        tally.nll -= Math.log(Math.max(probabilities[label] ?? 0, 1e-12));
      });
    });
  }
  return {
    found: found.size,
    of: rows.length,
    crops: tallies.map(({ right, nll, ...crop }) => ({
      ...crop,
      accuracy: right / found.size,
      nll: nll / found.size,
    })),
  };
}

/** @param {string} title @param {Awaited<ReturnType<typeof readAll>>} read */
function report(title, read) {
  results[title] = read;
  console.log(`\n${title}: found ${read.found} of ${read.of}`);
  for (const { scale, offsetY, upright, accuracy, nll } of read.crops) {
    const turned = upright === true ? 'upright' : 'level';
    console.log(
      `${turned.padEnd(8)} scale ${scale.toFixed(2)}  offset ${offsetY.toFixed(2).padStart(5)}  ${(100 * accuracy).toFixed(2)} %  ${nll.toFixed(4)}`,
    );
  }
}

/** Boxes shifted by 5 % and scaled by 7 %, points shifted by 2 % of the box: standard deviations. @param {Map<number, Detection>} found */
function shake(found) {
  const random = createTestRandom(1);
  /** Ref: Box, Muller, "A note on the generation of random normal deviates", 1958. */
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  /** @returns {Detection} */
  const shaken = (/** @type {Detection} */ { box, wholeBox = box, keyPoints, score }) => {
    const scale = Math.exp(0.07 * normal());
    const [width, height] = [wholeBox.width * scale, wholeBox.height * scale];
    const moved = {
      x: wholeBox.x + (wholeBox.width - width) / 2 + 0.05 * wholeBox.width * normal(),
      y: wholeBox.y + (wholeBox.height - height) / 2 + 0.05 * wholeBox.height * normal(),
      width,
      height,
    };
    const points = Object.entries(keyPoints ?? {}).map(([name, { x, y }]) => [
      name,
      { x: x + 0.02 * width * normal(), y: y + 0.02 * width * normal() },
    ]);
    return { box: moved, score, ...(keyPoints && { keyPoints: Object.fromEntries(points) }) };
  };
  return new Map([...found].map(([row, find]) => [row, shaken(find)]));
}

/** @param {number[]} values */
function quartiles(values) {
  const sorted = values.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) =>
    Number((sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(3));
  return { median: at(0.5), from: at(0.25), to: at(0.75) };
}

async function createDetectors() {
  const folder = new URL('models/', ROOT);
  const read = (/** @type {string} */ file) => readFileSync(new URL(file, folder));
  /** @type {Record<string, Detector>} */
  const detectors = {
    blazeface: await createBlazeFaceDetector({
      mode: 'camera', // As the face is large, no more looks are needed.
      model: readModel('blazeface-short-range'),
    }),
    haar: await createHaarDetector({ cascade: read('haar-frontalface/cascade.bin'), scaleFactor: 1.1 }),
  };
  if (existsSync(options.yunet)) {
    const inputSize = { width: YUNET_SIDE, height: YUNET_SIDE };
    const parsed = parseOnnx(readFileSync(options.yunet), options.yunet, { inputSize });
    detectors['yunet'] = await createYuNetDetector({ ...parsed, source: options.yunet });
  }
  return detectors;
}
