// When does accuracy drop? node bench/quality.js FER2013.csv[.gz] [MODEL_ID] [--write]
//
// Reads the held-out tenth of Training unchanged and degraded (blurred, darkened, overexposed, shrunk, cut off, rotated) with the
// default model or another one, and prints the accuracy per condition and per bin of each measure. Then it does the same
// for tilted heads, which BlazeFace detects and the analyzer crops.
//
// The thresholds of quality lie where accuracy has fallen by 10 points, between the two steps around it. --write puts them
// and the accuracies into models/ID/results/quality.json and into the model's manifest. A model that was trained on the tenth
// is measured on pictures that it knows: of such a model, only the fall says something.
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createBlazeFaceDetector, createFaceCropper, createPredictor, loadModel } from '@mien/core';
import { chooseRows, FER2013_SIDE as SIDE, imageOf } from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { measureQuality } from '../packages/core/dist/modules/quality/measure-quality.js';
import { embedPicture } from './embed-picture.js';
import { readModel } from './read-model.js';

/** For tilted heads, every Nth picture is used: each needs a detection. */
const EVERY_LEANING = 4;
const WHOLE = { scale: 1, offsetX: 0, offsetY: 0 };
/** Pictures are enlarged by this factor for BlazeFace: in 48 pixels it finds no eyes. */
const ENLARGED = 4;

/** The part of Training that is read. */
const HELD_OUT = 0.1;
/** Points of accuracy, 0…1. */
const FALL = 0.1;
/** Of the noise of a dark picture, in greys: a sensor's own, which a lower light does not lower. */
const DARK_NOISE = 2;

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
const cropper = await createFaceCropper(input, WHOLE);
const predictor = await createPredictor(model);

/** @typedef {{ data: Uint8Array, width: number, height: number }} Grey */

/** Where a level crop lies. @param {{ x: number, y: number, width: number }} rectangle */
const placeOf = ({ x, y, width }) => ({ a: width / input.width, b: 0, x, y });

/** @param {Grey} picture @param {(x: number, y: number) => [x: number, y: number]} from */
function warp({ data, width, height }, from) {
  const target = new Uint8Array(width * height);
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    data[Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)] ?? 0;
  for (let i = 0; i < target.length; i++) {
    const [x, y] = from(i % width, Math.floor(i / width));
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [a, b] = [x - left, y - top];
    target[i] = Math.round(
      (1 - b) * ((1 - a) * at(left, top) + a * at(left + 1, top)) +
        b * ((1 - a) * at(left, top + 1) + a * at(left + 1, top + 1)),
    );
  }
  return { data: target, width, height };
}

/** @param {number} gain */
const light =
  (gain) =>
  (/** @type {Grey} */ { data, ...size }) => ({
    ...size,
    data: data.map((value) => Math.min(255, Math.round(value * gain))),
  });

/** Darkness with the noise of a sensor. @param {number} gain */
function dim(gain) {
  let state = 1;
  // The sum of twelve uniform numbers is close to normal, with a variance of 1. Ref: Park, Miller 1988, for the numbers.
  const normal = () => {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    return sum;
  };
  return (/** @type {Grey} */ { data, ...size }) => ({
    ...size,
    data: data.map((value) => Math.max(0, Math.min(255, Math.round(value * gain + DARK_NOISE * normal())))),
  });
}

/** @param {number} sigma in pixels */
function blur(sigma) {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  /** @param {ArrayLike<number>} source @param {number} step @param {number} lineStep */
  const along = (source, step, lineStep) => {
    const target = new Float32Array(SIDE * SIDE);
    for (let line = 0; line < SIDE; line++) {
      for (let at = 0; at < SIDE; at++) {
        let value = 0;
        for (let i = 0; i < weights.length; i++) {
          const from = Math.min(Math.max(at + i - reach, 0), SIDE - 1);
          value += (weights[i] ?? 0) * (source[line * lineStep + from * step] ?? 0);
        }
        target[line * lineStep + at * step] = value / sum;
      }
    }
    return target;
  };
  return (/** @type {Grey} */ picture) => ({
    ...picture,
    data: Uint8Array.from(along(along(picture.data, 1, SIDE), SIDE, 1), Math.round),
  });
}

/** @param {number} side */
async function shrink(side) {
  const small = await createFaceCropper({ width: side, height: side, channels: 1, range: [0, 255] }, WHOLE);
  return (/** @type {Grey} */ picture) => ({
    data: Uint8Array.from(
      small.cropAll({ ...picture, channels: 1 }, [{ x: 0, y: 0, width: SIDE, height: SIDE }]),
      Math.round,
    ),
    width: side,
    height: side,
  });
}

/** @param {number} degrees */
function roll(degrees) {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const middle = (SIDE - 1) / 2;
  return (/** @type {Grey} */ picture) =>
    warp(picture, (x, y) => [
      middle + cos * (x - middle) + sin * (y - middle),
      middle - sin * (x - middle) + cos * (y - middle),
    ]);
}

/** The left part of the face lies beyond the picture. @param {number} share */
function cut(share) {
  const first = Math.round(share * SIDE);
  const width = SIDE - first;
  return (/** @type {Grey} */ { data }) => ({
    data: Uint8Array.from(
      { length: width * SIDE },
      (_, i) => data[Math.floor(i / width) * SIDE + first + (i % width)] ?? 0,
    ),
    width,
    height: SIDE,
  });
}

/** @type {(readonly [group: string, value: number, degrade: (picture: Grey) => Grey])[]} */
const CONDITIONS = [
  ['as it is', 0, (picture) => picture],
  ...[0.5, 0.75, 1, 1.5, 2, 3, 4].map((sigma) => /** @type {const} */ (['blur σ', sigma, blur(sigma)])),
  ...[0.5, 0.25, 0.12, 0.06, 0.03, 0.015].map(
    (gain) => /** @type {const} */ (['darker ×', gain, light(gain)]),
  ),
  ...[0.5, 0.25, 0.12, 0.06, 0.03].map((gain) => /** @type {const} */ (['dim ×', gain, dim(gain)])),
  ...[1.5, 2, 3, 4, 6].map((gain) => /** @type {const} */ (['brighter ×', gain, light(gain)])),
  ...(await Promise.all(
    [36, 30, 24, 20, 16, 12, 8].map(
      async (side) => /** @type {const} */ (['side', side, await shrink(side)]),
    ),
  )),
  ...[0.1, 0.2, 0.3, 0.4, 0.5].map((share) => /** @type {const} */ (['cut off', share, cut(share)])),
  ...[10, 20, 30, 45].map((degrees) => /** @type {const} */ (['roll °', degrees, roll(degrees)])),
];

/** @typedef {{ group: string, right: boolean, margin: number, brightness: number, contrast: number, sharpness: number, outside: number }} Reading */
/** @type {Reading[]} */
const readings = [];

const median = (/** @type {number[]} */ values) => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
const percent = (/** @type {{ right: boolean }[]} */ of) =>
  `${((100 * of.filter(({ right }) => right).length) / of.length).toFixed(1)} %`;

/** @type {{ group: string, value: number, accuracy: number, brightness: number, contrast: number, sharpness: number, outside: number }[]} */
const measured = [];

console.log('condition        accuracy  brightness  contrast  sharpness');
for (const [group, value, degrade] of CONDITIONS) {
  const readHere = [...rows].map((row) => {
    const picture = degrade({ data: imageOf(dataset, row), width: SIDE, height: SIDE });
    const scale = picture.height / SIDE;
    const rectangle = { x: picture.width - SIDE * scale, y: 0, width: SIDE * scale, height: SIDE * scale };
    const frame = { ...picture, channels: /** @type {const} */ (1) };
    const crop = cropper.cropAll(frame, [rectangle]);
    const probabilities = predictor.predict(crop, 1);
    const [best = NaN, second = NaN] = [...probabilities].sort((a, b) => b - a);
    return {
      group,
      right: probabilities.indexOf(best) === dataset.labels[row],
      margin: best - second,
      ...measureQuality({ box: rectangle, transform: placeOf(rectangle), crop }, frame, input),
    };
  });
  readings.push(...readHere);
  const medianOf = (/** @type {'brightness' | 'contrast' | 'sharpness' | 'outside'} */ key) =>
    median(readHere.map((reading) => reading[key]));
  measured.push({
    group,
    value,
    accuracy: readHere.filter(({ right }) => right).length / readHere.length,
    brightness: medianOf('brightness'),
    contrast: medianOf('contrast'),
    sharpness: medianOf('sharpness'),
    outside: medianOf('outside'),
  });
  const of = (/** @type {'brightness' | 'contrast' | 'sharpness'} */ key) => medianOf(key).toFixed(3);
  console.log(
    `${group.padEnd(11)} ${String(value).padEnd(5)} ${percent(readHere).padStart(7)} ${of('brightness').padStart(10)} ${of('contrast').padStart(9)} ${of('sharpness').padStart(10)}`,
  );
}

/**
 * @param {string} title @param {readonly number[]} edges @param {{ right: boolean }[]} of
 * @param {(reading: any) => number} value
 */
function printBins(title, edges, of, value) {
  console.log(`\n${title}`);
  for (let bin = 0; bin <= edges.length; bin++) {
    const [low, high] = [edges[bin - 1] ?? -Infinity, edges[bin] ?? Infinity];
    const within = of.filter((reading) => value(reading) >= low && value(reading) < high);
    if (within.length > 0)
      console.log(`${String(low).padStart(9)} …  ${percent(within).padStart(7)}  of ${within.length}`);
  }
}

const thresholds = {
  minSidePx: Math.ceil(thresholdOf('side', ({ value }) => value || SIDE)),
  minBrightness: rounded(thresholdOf('dim ×', ({ brightness }) => brightness)),
  maxBrightness: rounded(thresholdOf('brighter ×', ({ brightness }) => brightness)),
  minSharpness: rounded(thresholdOf('blur σ', ({ sharpness }) => sharpness)),
  maxOutside: rounded(thresholdOf('cut off', ({ value }) => value)),
};
console.log('\nthresholds', thresholds);

/**
 * Where accuracy has fallen by {@link FALL}, on the line between the two conditions around it.
 *
 * @param {string} group @param {(condition: (typeof measured)[number]) => number} measureOf
 */
function thresholdOf(group, measureOf) {
  const [clean] = measured;
  const steps = measured.filter((it) => it === clean || it.group === group);
  const limit = (clean?.accuracy ?? 0) - FALL;
  const after = steps.findIndex(({ accuracy }) => accuracy < limit);
  const [above, below] = [steps[after - 1], steps[after]];
  if (above === undefined || below === undefined)
    throw new Error(`${group}: accuracy does not fall by ${FALL}`);
  const share = (above.accuracy - limit) / (above.accuracy - below.accuracy);
  return measureOf(above) + share * (measureOf(below) - measureOf(above));
}

/** Two digits. @param {number} value */
function rounded(value) {
  return Number(value.toPrecision(2));
}

const within = (/** @type {string[]} */ groups) => readings.filter(({ group }) => groups.includes(group));
printBins(
  'brightness, as it is and darker or brighter',
  [0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95],
  within(['as it is', 'darker ×', 'brighter ×']),
  ({ brightness }) => brightness,
);
printBins(
  'contrast, the same',
  [0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2],
  within(['as it is', 'darker ×', 'brighter ×']),
  ({ contrast }) => contrast,
);
printBins(
  'sharpness, as it is and blurred or shrunk',
  [0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5],
  within(['as it is', 'blur σ', 'side']),
  ({ sharpness }) => sharpness,
);
printBins(
  'margin, as it is',
  [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.6, 0.8],
  within(['as it is']),
  ({ margin }) => margin,
);

const blazeFace = readModel('blazeface-short-range');

// Tilted heads, through the whole analyzer.
const searcher = await createBlazeFaceDetector({ model: blazeFace, mode: 'camera' });
const ownCropper = await createFaceCropper(input, model.manifest.crop);
console.log('\nleaning by degrees: found, accuracy of those, expected calibration error');
for (const degrees of [0, 15, 30, 45, 60, 75]) {
  const leaning = [...rows]
    .filter((_, index) => index % EVERY_LEANING === 0)
    .flatMap((row) => {
      const picture = imageOf(dataset, row);
      const [found] = searcher.detect(embedPicture(picture, degrees, 'grey'));
      if (found === undefined) return [];
      const crop = ownCropper.cropFaces(embedPicture(picture, degrees, 'edge'), [found], searcher);
      const probabilities = predictor.predict(crop, 1);
      const confidence = Math.max(...probabilities);
      return [{ confidence, right: probabilities.indexOf(confidence) === dataset.labels[row] }];
    });
  const searched = Math.ceil(rows.length / EVERY_LEANING);
  console.log(
    `${String(degrees).padStart(4)}  ${leaning.length} of ${searched}  ${percent(leaning)}  ${calibrationError(leaning).toFixed(3)}`,
  );
}

if (options.write) {
  const folder = new URL(`../models/${id}/`, import.meta.url);
  const result = {
    pictures: rows.length,
    heldOut: HELD_OUT,
    fall: FALL,
    darkNoise: DARK_NOISE,
    thresholds,
    measured,
  };
  writeFileSync(new URL('results/quality.json', folder), `${JSON.stringify(result, null, 2)}\n`);
  const manifestFile = new URL('manifest.json', folder);
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
  manifest.quality = { ...manifest.quality, ...thresholds };
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Over 15 equal-width bins, as `mien evaluate` counts it. @param {{ confidence: number, right: boolean }[]} readings */
function calibrationError(readings) {
  const off = new Float64Array(15);
  for (const { confidence, right } of readings) {
    const bin = Math.min(Math.floor(confidence * off.length), off.length - 1);
    off[bin] = (off[bin] ?? 0) + confidence - Number(right);
  }
  return off.reduce((sum, gap) => sum + Math.abs(gap), 0) / readings.length;
}

// The pose of the unchanged faces, from BlazeFace's key points.
const detector = await createBlazeFaceDetector({ model: blazeFace });
const enlarge = await createFaceCropper(
  { width: ENLARGED * SIDE, height: ENLARGED * SIDE, channels: 1, range: [0, 255] },
  WHOLE,
);
const posed = [...rows].flatMap((row, index) => {
  const picture = {
    data: imageOf(dataset, row),
    width: SIDE,
    height: SIDE,
    channels: /** @type {const} */ (1),
  };
  const side = ENLARGED * SIDE;
  const data = Uint8Array.from(
    enlarge.cropAll(picture, [{ x: 0, y: 0, width: SIDE, height: SIDE }]),
    Math.round,
  );
  const frame = { data, width: side, height: side, channels: /** @type {const} */ (1) };
  const found = detector.detectAt(frame, {
    x: side * 0.1,
    y: side * 0.15,
    width: side * 0.8,
    height: side * 0.8,
  });
  if (found === undefined) return [];
  const box = { x: 0, y: 0, width: side, height: side };
  const crop = new Float32Array(SIDE * SIDE);
  const measured = { box, keyPoints: found.keyPoints, transform: placeOf(box), crop };
  const measures = measureQuality(measured, frame, input);
  return [{ ...measures, score: found.score, right: readings[index]?.right === true }];
});
console.log(`\nkey points in ${posed.length} of ${rows.length}`);
printBins('|yaw|', [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1], posed, ({ yaw }) => Math.abs(yaw));
printBins('pitch', [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], posed, ({ pitch }) => pitch);
printBins(
  '|roll| in degrees',
  [5, 10, 15, 20, 25, 30, 40],
  posed,
  ({ rollRad }) => (Math.abs(rollRad) * 180) / Math.PI,
);
printBins('score of the detector', [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95], posed, ({ score }) => score);
