// Counts the correct and false detections of each detector in photographs with faces marked by hand:
//   node bench/detection.js [--data ../shared/data/pictures] [--yunet ../shared/data/detectors/yunet_s_dynamic.onnx]
// The folder holds pictures and faces.json: { "<picture>": { "clear": [[x, y, width, height], …], "hard": […] } }.
//
// Detections are matched in the order of their scores, each with the unmatched face that it overlaps most, if intersection
// over union is at least 0.4. Unmatched detections are false. Hard faces count neither way. Result: models/blazeface-short-range/results/detection.json.
// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import {
  createBlazeFaceDetector,
  createHaarDetector,
  createYuNetDetector,
  intersectionOverUnion,
} from '@mien/core';
import { parseOnnx } from '@mien/formats';
import { readModel } from './read-model.js';

const MIN_OVERLAP = 0.4;
const YUNET_SIDE = 640;
const ROOT = new URL('../', import.meta.url);
const DATA = process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT));
const RESULT = new URL('models/blazeface-short-range/results/detection.json', ROOT);

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: join(DATA, 'pictures') },
    yunet: { type: 'string', default: join(DATA, 'detectors', 'yunet_s_dynamic.onnx') },
  },
});

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/** @typedef {{ faces: number, found: number, missed: number, false: number }} Tally */

/** @type {Record<string, import('@mien/core').Detector>} */
const detectors = {
  blazeface: await createBlazeFaceDetector({ model: readModel('blazeface-short-range') }),
  'blazeface, for cameras': await createBlazeFaceDetector({
    model: readModel('blazeface-short-range'),
    mode: 'camera',
  }),
  'haar, scale factor 1.3': await createHaar(1.3),
  'haar, scale factor 1.1': await createHaar(1.1),
};
if (existsSync(options.yunet)) detectors['yunet-s at 640×640'] = await createYuNet(options.yunet);

const truths = JSON.parse(readFileSync(join(options.data, 'faces.json'), 'utf8'));
const pictures = Object.keys(truths).filter((name) => truths[name].clear !== undefined);
/** @type {Record<string, { total: Tally, pictures: Record<string, Tally> }>} */
const results = Object.fromEntries(
  Object.keys(detectors).map((name) => [name, { total: emptyTally(), pictures: {} }]),
);

console.log(`${'picture'.padEnd(24)}${'detector'.padEnd(26)}${'faces   found  missed   false'}`);
for (const picture of pictures) {
  const frame = await decode(join(options.data, picture));
  const clear = truths[picture].clear.map(toBox);
  const hard = (truths[picture].hard ?? []).map(toBox);
  for (const [name, detector] of Object.entries(detectors)) {
    const tally = compare(detector.detectInPicture?.(frame) ?? detector.detect(frame), clear, hard);
    const result = results[name];
    if (result === undefined) continue;
    result.pictures[picture] = tally;
    for (const key of /** @type {const} */ (['faces', 'found', 'missed', 'false'])) {
      result.total[key] += tally[key];
    }
    console.log(toRow(picture, name, tally));
  }
}
for (const [name, { total }] of Object.entries(results)) console.log(toRow('all', name, total));

const conditions = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  matching: `greedy by score, intersection over union of at least ${MIN_OVERLAP}`,
  pictures: pictures.length,
};
mkdirSync(new URL('.', RESULT), { recursive: true });
writeFileSync(RESULT, `${JSON.stringify({ conditions, results }, null, 2)}\n`);

/** @param {readonly import('@mien/core').Detection[]} detections @param {Box[]} clear @param {Box[]} hard */
function compare(detections, clear, hard) {
  const all = [...clear, ...hard];
  /** @type {Set<Box>} */
  const taken = new Set();
  let surplus = 0;
  for (const { box } of [...detections].sort((a, b) => b.score - a.score)) {
    const [nearest] = all
      .filter((face) => !taken.has(face))
      .map((face) => ({ face, overlap: intersectionOverUnion(face, box) }))
      .sort((a, b) => b.overlap - a.overlap);
    if (nearest !== undefined && nearest.overlap >= MIN_OVERLAP) taken.add(nearest.face);
    else surplus++;
  }
  const found = clear.filter((face) => taken.has(face)).length;
  return { faces: clear.length, found, missed: clear.length - found, false: surplus };
}

/** @returns {Tally} */
function emptyTally() {
  return { faces: 0, found: 0, missed: 0, false: 0 };
}

/** @param {string} picture @param {string} detector @param {Tally} tally */
function toRow(picture, detector, tally) {
  const figures = [tally.faces, tally.found, tally.missed, tally.false].map(String);
  return `${picture.padEnd(24)}${detector.padEnd(26)}${figures.map((it, i) => it.padStart(i === 0 ? 5 : 8)).join('')}`;
}

/** @param {[number, number, number, number]} sides */
function toBox([x, y, width, height]) {
  return { x, y, width, height };
}

/** @param {string} path @returns {Promise<import('@mien/core').Frame>} */
async function decode(path) {
  const picture = sharp(path, { autoOrient: true }).flatten({ background: 'white' }).toColourspace('srgb');
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

/** @param {number} scaleFactor */
function createHaar(scaleFactor) {
  const cascade = readFileSync(new URL('models/haar-frontalface/cascade.bin', ROOT));
  return createHaarDetector({ cascade, scaleFactor });
}

/** @param {string} path */
function createYuNet(path) {
  const inputSize = { width: YUNET_SIDE, height: YUNET_SIDE };
  return createYuNetDetector({ ...parseOnnx(readFileSync(path), path, { inputSize }), source: path });
}
