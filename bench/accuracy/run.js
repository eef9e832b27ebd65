// How accurate are expression networks on the same labelled pictures? Ours, those of other libraries, and any file:
//
//   node bench/accuracy/run.js --data fer2013.csv [--split PublicTest] [--corruptions] [--write NAME] [MODEL …]
//
// DATA is FER2013's CSV (plain or .gz) or a folder of pictures in any layout of docs/TRAINING.md. MODEL is an id of models/ or a
// model file; without one, mini-xception is measured. Other libraries are measured after `npm install --prefix bench`.
// --corruptions also measures worse pictures (docs/EVALUATION.md). --write puts the figures under NAME into
// bench/results/accuracy.json, from which docs/EVALUATION.md is filled.
// @ts-check
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createDetector, resolveClassifier } from '@mien/node/models';
import { decodePicture } from '@mien/node/pictures';
import { CORRUPTIONS, measureModel, splitsOf } from '@mien/train';
import { readDataset } from '@mien/train/node';

const RESULTS = new URL('../results/accuracy.json', import.meta.url);

const { values, positionals } = parseArgs({
  options: {
    data: { type: 'string' },
    split: { type: 'string' },
    corruptions: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: true },
    write: { type: 'string' },
  },
  allowPositionals: true,
  allowNegative: true,
});
if (values.data === undefined) {
  console.error(
    'usage: node bench/accuracy/run.js --data PATH [--split NAME] [--corruptions] [--no-peers] [--write NAME] [MODEL …]',
  );
  process.exit(2);
}
const dataset = await readDataset(values.data, {
  tools: { decodePicture, createDetector: () => createDetector('blazeface') },
});
const split =
  values.split ??
  ['PublicTest', 'test', 'validation'].find((name) => splitsOf(dataset).includes(name)) ??
  'all';

/** @type {[string, () => Promise<import('@mien/core').Classifier>][]} */
const models = (positionals.length === 0 ? ['mini-xception'] : positionals).map((path) => [
  basename(path),
  () => resolveClassifier(path),
]);
if (values.peers) {
  if (existsSync(new URL('../node_modules/@vladmandic', import.meta.url))) {
    const { faceApi, human } = await import('./peers.js');
    models.push(['@vladmandic/human', human], ['@vladmandic/face-api', faceApi]);
  } else {
    console.error('other libraries are left out: npm install --prefix bench');
  }
}

/** @type {Record<string, object>} */
const results = {};
for (const [name, load] of models) {
  const model = await load();
  const measured = await measureModel({
    model,
    dataset,
    split,
    corruptions: values.corruptions ? CORRUPTIONS : [],
  });
  const { accuracy: one, evaluation, assessment, corruptions } = measured;
  const { withoutDuplicates } = evaluation;
  const figures = (/** @type {import('@mien/train').MeasuredAccuracy} */ it) => ({
    count: it.count,
    accuracy: it.accuracy,
    accuracyInterval: it.accuracyInterval,
    macroF1: it.macroF1,
    macroF1Interval: it.macroF1Interval,
    ece: it.ece,
    nll: it.nll,
    recall: Object.fromEntries(it.perClass.map(({ label, recall }) => [label, recall])),
  });
  results[name] = {
    ...('engine' in model ? { engine: model.engine } : {}),
    ...figures(one),
    ...(withoutDuplicates === undefined ? {} : { withoutDuplicates: figures(withoutDuplicates) }),
    accuracyAt80: assessment.selective.accuracyAt80,
    ...(corruptions === undefined
      ? {}
      : { corruptions: corruptions.means, meanOfTenCorruptions: corruptions.meanOfTen }),
  };
  const range = `${one.accuracyInterval.low.toFixed(4)} to ${one.accuracyInterval.high.toFixed(4)}`;
  console.log(
    `${name.padEnd(40)} accuracy ${one.accuracy.toFixed(4)} (${range}), ${withoutDuplicates === undefined ? '' : `${withoutDuplicates.accuracy.toFixed(4)} without duplicates, `}macro F1 ${one.macroF1.toFixed(4)}, ECE ${one.ece.toFixed(4)}${corruptions?.meanOfTen === undefined ? '' : `, worse pictures ${corruptions.meanOfTen.toFixed(4)}`}`,
  );
}

if (values.write !== undefined) {
  const before = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {};
  const own = before[values.write] ?? {};
  const all = {
    ...before,
    [values.write]: {
      date: new Date().toISOString().slice(0, 10),
      split,
      // A run of some models keeps the figures of the others.
      models: { ...own.models, ...results },
    },
  };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(RESULTS, `${JSON.stringify(sorted, undefined, 2)}\n`);
  console.log(`wrote ${fileURLToPath(RESULTS)}`);
}
