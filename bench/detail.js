// How much do smoothing and sharpening help, and from where on? node bench/detail.js FER2013.csv[.gz] [MODEL_ID] [EVERY]
//
// Reads every EVERYth picture (default 2) of the held-out tenth of Training, as it is and corrupted as by `mien evaluate
// --corruptions`, with no limits of noise and slope, with those of the model's manifest, and with others. The table is in
// docs/LOG.md, "Noisy and soft faces".
// @ts-check
import { createPredictor, loadModel } from '@mien/core';
import {
  chooseRows,
  corrupt,
  CORRUPTION_LEVELS,
  CORRUPTIONS,
  FER2013_SIDE as SIDE,
  imageOf,
} from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { readModel } from './read-model.js';

const [path, id = 'nano', every = '2'] = process.argv.slice(2);
if (path === undefined) {
  console.error('usage: node bench/detail.js FER2013.csv[.gz] [MODEL_ID] [EVERY]');
  process.exit(2);
}
const dataset = await readFer2013(path);
const rows = [...chooseRows(dataset, { heldOut: 0.1 }).validationRows].filter(
  (_, i) => i % Number(every) === 0,
);
const files = readModel(id);
const { detail: stated } = files.manifest.input;
const limits = [undefined, stated, { maxNoise: 0.12, minSlope: 0.31 }, { maxNoise: 0.15, minSlope: 0.36 }];
const { width, height, range } = files.manifest.input;
if (width !== SIDE || height !== SIDE) throw new Error(`${id}: its input is not ${SIDE}×${SIDE}`);
const [low, high] = range;
const predictors = await Promise.all(
  limits.map(async (detail) => {
    const manifest = { ...files.manifest, input: { ...files.manifest.input, detail } };
    return createPredictor(await loadModel({ ...files, manifest }));
  }),
);

console.log(
  'pictures',
  ...limits.map((detail) => (detail ? `${detail.maxNoise}/${detail.minSlope}` : 'none')),
);
print('as they are', (picture) => picture);
for (const corruption of CORRUPTIONS) {
  for (const [strength, level] of Object.entries(CORRUPTION_LEVELS[corruption]))
    print(`${corruption}, ${strength}`, corrupt(corruption, level));
}

/** @param {string} name @param {import('@mien/train').PictureTransform} transform */
function print(name, transform) {
  const inputs = rows.map((row) => {
    const { data } = transform({ data: imageOf(dataset, row), width: SIDE, height: SIDE }, row);
    return Float32Array.from(data, (grey) => low + (grey / 255) * (high - low));
  });
  const accuracies = predictors.map((predictor) => {
    const right = inputs.filter((input, i) => {
      const probabilities = predictor.predict(input, 1);
      return probabilities.indexOf(Math.max(...probabilities)) === dataset.labels[rows[i] ?? 0];
    });
    return `${((100 * right.length) / rows.length).toFixed(1)} %`;
  });
  console.log(name.padEnd(24), accuracies.join('  '));
}
