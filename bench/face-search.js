// Counts what the search of pictures finds, beside a search of everything (without the networks that say where to look).
//
//   node bench/face-search.js --tune --dlib examples/faces --opencv samples/data --backgrounds FOLDER
//
// on pictures to choose thresholds with: group photographs whose faces dlib's authors marked (dlib 19.24), side by side at several
// scales; FER2013's Training faces that nothing was trained on; opencv's samples (4.6.0), which hold no faces. By threshold.
//
//   node bench/face-search.js --backgrounds FOLDER
//
// on pictures that nothing was chosen with: the four photographs of ../shared/data, shrunk too, and PublicTest faces. BACKGROUNDS are
// photographs without faces, such as Debian's mate-backgrounds. `--data` is another folder than ../shared/data.
// @ts-check
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createBlazeFaceDetector } from '@mien/core';
import { alone, paste, pathsIn, readDlibList, readPasted, search, sideBySide } from './face-scenes.js';

/** @typedef {import('./face-scenes.js').Scene} Scene @typedef {import('./face-scenes.js').Marked} Marked */

const MODEL = new URL('../models/blazeface-short-range/', import.meta.url);
/** dlib's boxes are smaller than BlazeFace's. */
const MIN_OVERLAP = { tune: 0.3, measure: 0.4 };
const SCALES = [0.65, 0.8, 1, 1.25, 1.6, 2.2];
const SMALLEST = [24, 28, 34, 44, 60];
const PASTED = { tune: [24, 27, 30, 36, 42, 60, 80], measure: [24, 30, 42, 80] };
const BACKGROUNDS = 4;
const THRESHOLDS = [0.6, 0.65, 0.68, 0.71, 0.73, 0.74, 0.75, 0.76, 0.77, 0.78, 0.8, 0.82];
/** Of opencv's samples: people, apes and heads. */
const WITH_FACES = /^(left|right|basketball|messi|baboon|mask|pic1|ml|Blender)/;

const { values: options } = parseArgs({
  options: {
    tune: { type: 'boolean', default: false },
    data: {
      type: 'string',
      default: process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url)),
    },
    dlib: { type: 'string', default: '' },
    opencv: { type: 'string', default: '' },
    backgrounds: { type: 'string', default: '' },
    search: { type: 'string' },
  },
});
const mode = options.tune ? 'tune' : 'measure';

/** @returns {Promise<Record<string, Scene[]>>} */
async function readSets() {
  const csv = join(options.data, 'fer2013.csv.gz');
  const faces = await readPasted(csv, options.tune ? 'Training' : 'PublicTest');
  const backgrounds = pathsIn(options.backgrounds).slice(0, BACKGROUNDS);
  /** @type {Record<string, Scene[]>} */
  const sets = {};
  if (options.tune) {
    const marked = ['training.xml', 'testing.xml'].flatMap((list) => readDlibList(options.dlib, list));
    for (const scale of SCALES) sets[`marked ×${scale}`] = await sideBySide(marked, () => scale);
    const plain = pathsIn(options.opencv, WITH_FACES).map((path) => ({ path, faces: [] }));
    for (const scale of [1, 2]) sets[`without faces ×${scale}`] = await sideBySide(plain, () => scale);
  } else {
    const truths = JSON.parse(readFileSync(join(options.data, 'pictures', 'faces.json'), 'utf8'));
    const toBox = (/** @type {number[]} */ [x = 0, y = 0, width = 0, height = 0]) => ({
      x,
      y,
      width,
      height,
    });
    /** @type {Marked[]} */
    const marked = Object.entries(truths)
      .filter(([, truth]) => truth.clear !== undefined)
      .map(([name, { clear, hard = [] }]) => ({
        path: join(options.data, 'pictures', name),
        ...{ faces: clear.map(toBox), hard: hard.map(toBox) },
      }));
    const smallestOf = (/** @type {Marked} */ picture) =>
      Math.min(...picture.faces.map(({ width, height }) => Math.max(width, height)));
    sets['photographs'] = await alone(marked, () => 1);
    for (const side of SMALLEST) {
      sets[`shrunk to ${side}`] = await alone(marked, (picture) => side / smallestOf(picture));
      sets[`shrunk to ${side}, in one`] = await sideBySide(marked, (picture) => side / smallestOf(picture));
    }
  }
  for (const side of PASTED[mode]) sets[`pasted ${side}`] = await paste(faces, side, backgrounds);
  return sets;
}

const manifest = JSON.parse(readFileSync(new URL('manifest.json', MODEL), 'utf8'));
const weights = readFileSync(new URL('weights.safetensors', MODEL));
const { fine: all, picture } = manifest.search;
const { scout, ...fine } = all;
const [lowest = 0] = THRESHOLDS;
const withSearch = (/** @type {object} */ changed) =>
  createBlazeFaceDetector({
    model: {
      manifest: { ...manifest, search: { ...manifest.search, ...changed } },
      weights,
      source: 'blazeface',
    },
  });
const { refinement } = picture;
const detectors = options.tune
  ? {
      everywhere: await withSearch({
        fine,
        picture: { ...picture, refinement: { ...refinement, threshold: lowest } },
      }),
      hints: await withSearch({
        fine: { ...fine, scout: { ...scout, confirmation: { ...scout.confirmation, threshold: lowest } } },
      }),
    }
  : { everywhere: await withSearch({ fine }), hints: await withSearch({}) };

const at = (/** @type {number[]} */ scores, /** @type {number} */ threshold) =>
  scores.filter((score) => score >= threshold).length;
for (const [set, scenes] of Object.entries(await readSets())) {
  const count = scenes.reduce((sum, { faces }) => sum + faces.length, 0);
  for (const [name, detector] of Object.entries(detectors)) {
    if (options.search !== undefined && options.search !== name) continue;
    const { right, wrong, ms } = search(detector, scenes, MIN_OVERLAP[mode]);
    const thresholds = options.tune ? THRESHOLDS : [0];
    const row = thresholds
      .map((threshold) => `${at(right, threshold)}/${at(wrong, threshold)}`.padStart(8))
      .join('');
    console.log(
      `${set.padEnd(22)}${name.padEnd(12)}${String(count).padStart(4)} ${row} ${(ms / scenes.length).toFixed(0).padStart(6)} ms`,
    );
  }
}
console.log(options.tune ? `found/false at ${THRESHOLDS.join(', ')}` : 'faces, found/false');
