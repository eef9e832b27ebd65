// Makes a model package of a checkpoint of `mien train`, or of an ensemble of models, measures it and writes its card:
//
//   node scripts/ship-model.js CHECKPOINT ID --data fer2013.csv [--posed posed.csv] [--held-out 0.1] [--trial CHECKPOINT] [--adjust | --tau 0.4] [--int8]
//   node scripts/ship-model.js MODEL MODEL… ID --shares 0.6,0.4 --data fer2013.csv … [--int8]
//
//   models/ID/weights.safetensors     the model alone: float16 if that changes no reading in a thousand, otherwise float32; with
//                                     --int8 as int8, if that costs less than 0.3 points of accuracy
//   models/ID/manifest.json           its contract, provenance, checksum, temperature, threshold of unsure readings and the
//                                     detail and exposure of nearly all training pictures, which noisy, soft, dark and flat
//                                     faces are brought to
//   models/ID/golden/readings.json    probabilities of synthetic faces, for test/shipped-models.test.ts
//   models/ID/results/…, MODEL_CARD.md   by scripts/measure-model.js
//   models/ID/package.json, README.md …  where there are none yet
//
// Temperature, threshold and τ of the logit adjustment are chosen on the pictures that training held out: those of the recipe's
// `validation.heldOut`, or of --held-out if the run held out the same pictures in another way. Without such pictures the model
// is shipped without a calibration.
//
// --trial names a run of the same recipe that held pictures out, for a checkpoint that was trained on them too: temperature and
// threshold are chosen with the trial's weights, and carried over. --adjust folds the best τ into the last layer's bias (0
// where no gain is more than chance), --tau the given one.
// @ts-check
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_QUALITY, FER2013_CROP, loadModel, toModelFile } from '@mien/core';
import { describeGraph } from '@mien/core/nn';
import {
  chooseRows,
  chooseTau,
  createViewReader,
  fitCalibration,
  foldLogitOffsets,
  labelOf,
  logitOffsets,
  measureAccuracy,
  rowsOfSplit,
} from '@mien/train';
import { readFer2013 } from '@mien/train/node';
import { measureShippedModel } from './measure-model.js';
import { writeGolden } from './ship/golden.js';
import { measureNormalization } from './ship/normalization.js';
import { writePackageFiles } from './ship/package-files.js';
import { readSource } from './ship/source.js';

/** In accuracy, 0…1. */
const MAX_INT8_LOSS = 0.003;

const { values, positionals } = parseArgs({
  options: {
    data: { type: 'string' },
    posed: { type: 'string' },
    'held-out': { type: 'string' },
    trial: { type: 'string' },
    shares: { type: 'string' },
    adjust: { type: 'boolean', default: false },
    tau: { type: 'string' },
    int8: { type: 'boolean', default: false },
    command: { type: 'string' },
  },
  allowPositionals: true,
});
const id = positionals.at(-1) ?? '';
const paths = positionals.slice(0, -1);
if (paths.length === 0 || values.data === undefined) {
  console.error(
    'usage: node scripts/ship-model.js CHECKPOINT ID --data FILE [--posed FILE] [--held-out PART] [--trial CHECKPOINT] [--adjust | --tau NUMBER] [--int8] [--command "mien train …"]\n' +
      '       node scripts/ship-model.js MODEL MODEL… ID --shares NUMBERS --data FILE …',
  );
  process.exit(2);
}
const folder = new URL(`../models/${id}/`, import.meta.url);
const source = await readSource(paths, values.shares?.split(',').map(Number));
const trial = values.trial === undefined ? undefined : await readSource([values.trial]);
const { labels, inputRange } = source;
const dataset = await readFer2013(values.data);
const heldOut = values['held-out'] === undefined ? (trial ?? source).heldOut : Number(values['held-out']);
const rows = heldOut === undefined ? undefined : chooseRows(dataset, { heldOut });
const { detail, exposure } = measureNormalization(
  dataset,
  rows?.trainRows ?? rowsOfSplit(dataset, 'Training'),
);

const plain = await toModel(source.graph, source.weights, 'F32');
const adjustment = await chooseAdjustment();
const { graph, weights } =
  adjustment === undefined ? source : foldLogitOffsets(source.graph, source.weights, adjustment.offsets);
const { bytes, model, dtype } = await chooseNumbers();
const judged = trial === undefined ? model : (await toModel(trial.graph, trial.weights, dtype)).model;
const calibration = rows === undefined ? undefined : await fit(judged);

await mkdir(folder, { recursive: true });
await writeFile(new URL('weights.safetensors', folder), bytes);
const [height, width, channels] = graph.inputShape;
const { parameterCount, macs } = describeGraph(graph);
const manifest = {
  id,
  name: graph.name,
  kind: 'classifier',
  labels,
  input: { width, height, channels, layout: 'NHWC', range: inputRange, exposure, detail },
  crop: FER2013_CROP,
  // `node bench/quality.js FER2013.csv ID --write` measures light, size and sharpness; until then, those of the last weights.
  quality: {
    ...DEFAULT_QUALITY,
    ...(await measuredThresholds()),
    ...(calibration && { minMargin: calibration.minMargin }),
  },
  ...(calibration && { calibration: { temperature: calibration.temperature } }),
  weights: {
    file: 'weights.safetensors',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    dtype,
  },
  cost: { parameters: parameterCount, macs, weightsBytes: bytes.length },
  licence: 'MIT',
  provenance: {
    dataset: `FER2013 (Goodfellow et al. 2013), split Training${heldOut === undefined || trial !== undefined ? '' : ', less the held-out pictures'}`,
    datasetSha256: source.datasetSha256,
    ...(trial === undefined
      ? heldOut !== undefined && { heldOut: { part: heldOut, pictures: rows?.validationRows.length } }
      : {
          trial: {
            heldOut: { part: heldOut, pictures: rows?.validationRows.length },
            accuracy: await accuracyOf(judged),
            ...trial.provenance,
          },
        }),
    ...(adjustment !== undefined && { logitAdjustment: adjustment }),
    command:
      values.command ?? `mien train --data ${basename(values.data)} --recipe models/recipes/${id}.json`,
    ...source.provenance,
    date: new Date().toISOString().slice(0, 10),
  },
  metrics: {},
};
await writeFile(new URL('manifest.json', folder), `${JSON.stringify(manifest, null, 2)}\n`);
await writePackageFiles(folder, manifest);
await writeGolden(folder, model);
console.log(
  `${fileURLToPath(folder)}: ${bytes.length} bytes of ${dtype}, ${parameterCount} parameters, τ ${adjustment?.tau ?? 'not asked for'}, ${
    calibration === undefined
      ? 'no calibration: nothing was held out'
      : `temperature ${calibration.temperature.toFixed(3)}, unsure below a lead of ${calibration.minMargin}`
  }`,
);
await measureShippedModel({
  id,
  data: values.data,
  posed: values.posed,
  heldOut: trial === undefined ? heldOut : undefined,
});

/**
 * @param {import('@mien/core/nn').Graph} graph @param {import('@mien/core/nn').Weights} weights
 * @param {import('@mien/core').SafetensorsDtype} dtype
 */
async function toModel(graph, weights, dtype) {
  const bytes = toModelFile({
    graph,
    labels,
    inputRange,
    normalization: { detail, exposure },
    weights,
    dtype,
  });
  return { bytes, model: await loadModel({ manifest: undefined, weights: bytes, source: id }) };
}

/** Those of `bench/quality.js`, if it measured an earlier model of this id. */
async function measuredThresholds() {
  const text = await readFile(new URL('results/quality.json', folder), 'utf8').catch(() => '{}');
  return JSON.parse(text).thresholds;
}

/** Readings of the held-out pictures, or of the first of all where nothing was held out. @param {import('@mien/core').Model} model */
async function read(model) {
  const some =
    rows?.validationRows ?? Uint32Array.from({ length: Math.min(2000, dataset.count) }, (_, i) => i);
  return (await createViewReader(model, dataset)).read(some, 'one');
}

/**
 * The smallest numbers that cost next to nothing.
 *
 * @returns {Promise<{ bytes: Uint8Array, model: import('@mien/core').Model, dtype: import('@mien/core').SafetensorsDtype }>}
 */
async function chooseNumbers() {
  const exact = await toModel(graph, weights, 'F32');
  if (values.int8) {
    const small = await toModel(graph, weights, 'I8');
    const loss = (await accuracyOf(exact.model)) - (await accuracyOf(small.model));
    console.log(`int8: ${small.bytes.length} bytes, ${(100 * loss).toFixed(2)} points of accuracy lost`);
    if (loss < MAX_INT8_LOSS) return { ...small, dtype: 'I8' };
    console.log('int8 costs too much; shipped without');
  }
  const half = await toModel(graph, weights, 'F16');
  return (await agrees(exact.model, half.model)) ? { ...half, dtype: 'F16' } : { ...exact, dtype: 'F32' };
}

/** @param {import('@mien/core').Model} model */
async function accuracyOf(model) {
  const readings = await read(model);
  return measureAccuracy(readings, labels).accuracy;
}

/** @param {import('@mien/core').Model} model */
async function fit(model) {
  return fitCalibration(await read(model), labels.length);
}

async function chooseAdjustment() {
  if (!values.adjust && values.tau === undefined) return undefined;
  if (values.adjust && values.tau !== undefined) throw new Error('give --adjust or --tau, not both');
  if (rows === undefined && values.adjust)
    throw new Error('--adjust needs held-out pictures; give --held-out');
  const trainRows = rows?.trainRows ?? chooseRows(dataset, { heldOut: 0.1 }).trainRows;
  const counts = labels.map(() => 0);
  for (const row of trainRows) {
    const label = labels.indexOf(dataset.labelNames[labelOf(dataset, row)] ?? '');
    counts[label] = (counts[label] ?? 0) + 1;
  }
  const shares = counts.map((count) => count / trainRows.length);
  if (values.tau !== undefined) {
    const tau = Number(values.tau);
    return { tau, origin: 'given', offsets: logitOffsets(shares, tau) };
  }
  const { probabilities, truth } = await read(plain.model);
  const tau = chooseTau(probabilities, truth, shares);
  return { tau, origin: 'chosen on the held-out pictures', offsets: logitOffsets(shares, tau) };
}

/**
 * Whether rounding changes next to nothing: at most one reading in a thousand.
 *
 * @param {import('@mien/core').Model} a @param {import('@mien/core').Model} b
 */
async function agrees(a, b) {
  const [first, second] = [(await read(a)).probabilities, (await read(b)).probabilities];
  const classes = labels.length;
  let changed = 0;
  for (let start = 0; start < first.length; start += classes) {
    const [one, other] = [first, second].map((it) => {
      const row = it.subarray(start, start + classes);
      return row.indexOf(Math.max(...row));
    });
    if (one !== other) changed++;
  }
  return changed <= first.length / classes / 1000;
}
