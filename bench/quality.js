// When does accuracy drop? node bench/quality.js FER2013.csv[.gz] [MODEL_ID] [--write]
//
// Reads the held-out tenth of Training unchanged and degraded (quality/conditions.js) with the default model or another one,
// and prints the accuracy per condition and per bin of each measure. Then it does the same for tilted heads, which BlazeFace
// detects and the analyzer crops, and by pose.
//
// --write puts the thresholds (quality/thresholds.js) and the accuracies into models/ID/results/quality.json, and the
// thresholds into the model's manifest. A model that was trained on the tenth is measured on pictures that it knows: of such
// a model, only the fall says something.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createFaceCropper, createPredictor, loadModel } from '@mien/core';
import { chooseRows, FER2013_SIDE as SIDE, imageOf } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { measureQuality } from '../packages/core/dist/modules/quality/measure-quality.js';
import { createConditions, DIM_NOISE, WHOLE } from './quality/conditions.js';
import { printPoses } from './quality/poses.js';
import { percentRight, printBins } from './quality/print.js';
import { chooseThresholds, FALL } from './quality/thresholds.js';
import { printTiltedHeads } from './quality/tilted-heads.js';
import { readModel } from './read-model.js';

/** The part of Training that is read. */
const HELD_OUT = 0.1;

const { values: options, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [path, id = 'nano'] = positionals;
if (path === undefined) {
  console.error('usage: node bench/quality.js FER2013.csv[.gz] [MODEL_ID] [--write]');
  process.exit(2);
}
const dataset = await readFer2013(path);
const rows = chooseRows(dataset, { heldOut: HELD_OUT }).validationRows;
const model = await loadModel(readModel(id));
const { input } = model.manifest;
const predictor = await createPredictor(model);

const { readings, measured } = await readUnderConditions();
const thresholds = chooseThresholds(measured, SIDE);
console.log('\nthresholds', thresholds);
printMeasures();
await printTiltedHeads(dataset, rows, model.manifest, predictor);
const rightAsTheyAre = readings.filter(({ group }) => group === 'as it is').map(({ right }) => right);
await printPoses(dataset, rows, input, rightAsTheyAre);
if (options.write) write();

async function readUnderConditions() {
  const cropper = await createFaceCropper(input, WHOLE);
  const all = [];
  const medians = [];
  console.log('condition        accuracy  brightness  contrast  sharpness');
  for (const { group, value, degrade } of await createConditions()) {
    const here = [...rows].map((row) => {
      const picture = degrade({ data: imageOf(dataset, row), width: SIDE, height: SIDE }, row);
      // A picture that was cut off at its left still has the whole face's box.
      const side = picture.height;
      const box = { x: picture.width - side, y: 0, width: side, height: side };
      const frame = { ...picture, channels: /** @type {const} */ (1) };
      const crop = cropper.cropAll(frame, [box]);
      const transform = { a: side / input.width, b: 0, x: box.x, y: box.y };
      const probabilities = predictor.predict(crop, 1);
      const [best = NaN, second = NaN] = [...probabilities].sort((a, b) => b - a);
      return {
        group,
        right: probabilities.indexOf(best) === dataset.labels[row],
        margin: best - second,
        ...measureQuality({ box, transform, crop }, frame, input),
      };
    });
    all.push(...here);
    const medianOf = (/** @type {'brightness' | 'contrast' | 'sharpness' | 'outside'} */ key) =>
      median(here.map((reading) => reading[key]));
    const condition = {
      group,
      value,
      accuracy: here.filter(({ right }) => right).length / here.length,
      brightness: medianOf('brightness'),
      contrast: medianOf('contrast'),
      sharpness: medianOf('sharpness'),
      outside: medianOf('outside'),
    };
    medians.push(condition);
    const [brightness, contrast, sharpness] = [condition.brightness, condition.contrast, condition.sharpness];
    console.log(
      `${group.padEnd(11)} ${String(value).padEnd(5)} ${percentRight(here).padStart(7)}` +
        ` ${brightness.toFixed(3).padStart(10)} ${contrast.toFixed(3).padStart(9)} ${sharpness.toFixed(3).padStart(10)}`,
    );
  }
  return { readings: all, measured: medians };
}

function printMeasures() {
  const within = (/** @type {string[]} */ ...groups) =>
    readings.filter(({ group }) => groups.includes(group));
  printBins(
    'brightness, as it is and darker or brighter',
    [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95],
    within('as it is', 'darker ×', 'brighter ×'),
    ({ brightness }) => brightness,
  );
  printBins(
    'contrast, the same',
    [0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2],
    within('as it is', 'darker ×', 'brighter ×'),
    ({ contrast }) => contrast,
  );
  printBins(
    'sharpness, as it is and blurred or shrunk',
    [0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5],
    within('as it is', 'blur σ', 'side'),
    ({ sharpness }) => sharpness,
  );
  printBins(
    'margin, as it is',
    [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 0.8],
    within('as it is'),
    ({ margin }) => margin,
  );
}

function write() {
  const folder = new URL(`../models/${id}/`, import.meta.url);
  const conditions = { pictures: rows.length, heldOut: HELD_OUT, fall: FALL, dimNoise: DIM_NOISE };
  writeJson(new URL('results/quality.json', folder), { ...conditions, thresholds, measured });
  const manifestFile = new URL('manifest.json', folder);
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  writeJson(manifestFile, { ...manifest, quality: { ...manifest.quality, ...thresholds } });
}

/** @param {URL} file @param {unknown} value */
function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
