// Turns a checkpoint of `mien train` into a model package: node scripts/ship-model.js CHECKPOINT FOLDER --data FILE
//
//   FOLDER/weights.safetensors              the model alone, as float16, without the optimiser's state
//   FOLDER/manifest.json                    its contract, provenance and checksum
//   FOLDER/results/fer2013-publictest.json  the output of `mien evaluate` for exactly these files
//
// Run scripts/write-numbers.js afterwards to update the documents.
// @ts-check
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { DEFAULT_QUALITY, FER2013_CROP, toModelFile } from '@mien/core';
import { readCheckpoint } from '@mien/train/node';

const { values, positionals } = parseArgs({
  options: { data: { type: 'string' }, command: { type: 'string' } },
  allowPositionals: true,
});
const [checkpointPath, folder] = positionals;
if (checkpointPath === undefined || folder === undefined || values.data === undefined) {
  console.error('usage: node scripts/ship-model.js CHECKPOINT FOLDER --data FILE [--command "mien train …"]');
  process.exit(2);
}
const id = basename(folder);
const checkpoint = await readCheckpoint(checkpointPath);
const { graph, labels, inputRange, weights, training } = checkpoint;
const [height, width, channels] = graph.inputShape;
const summary = training.progress.history.at(-1);

const file = toModelFile({ graph, labels, inputRange, weights, dtype: 'F16' });
await mkdir(join(folder, 'results'), { recursive: true });
await writeFile(join(folder, 'weights.safetensors'), file);

const manifest = {
  id,
  name: graph.name,
  kind: 'classifier',
  labels,
  input: { width, height, channels, layout: 'NHWC', range: inputRange },
  crop: FER2013_CROP,
  // Measured for mini_XCEPTION; `node bench/quality.js FER2013.csv FOLDER` measures those of this model.
  quality: DEFAULT_QUALITY,
  weights: {
    file: 'weights.safetensors',
    sha256: createHash('sha256').update(file).digest('hex'),
    dtype: 'F16',
  },
  licence: 'MIT',
  provenance: {
    dataset: 'FER2013 (Goodfellow et al. 2013), split Training; PublicTest was watched',
    datasetSha256: training.datasetSha256,
    command:
      values.command ?? `mien train --data ${basename(values.data)} --preset ${training.recipe.preset}`,
    epoch: summary?.epoch,
    recipe: training.recipe,
    date: new Date().toISOString().slice(0, 10),
  },
  metrics: {},
};
const manifestPath = join(folder, 'manifest.json');
const writeManifest = () => writeFile(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
await writeManifest();

const result = evaluate('PublicTest');
await writeFile(join(folder, 'results', 'fer2013-publictest.json'), `${JSON.stringify(result, null, 2)}\n`);
const { count, accuracy, macroF1, ece, nll, withoutDuplicates } = result;
manifest.metrics = { 'FER2013 PublicTest': { count, accuracy, macroF1, ece, nll, withoutDuplicates } };
await writeManifest();
console.log(`${folder}: ${file.length} bytes, accuracy ${accuracy} on PublicTest`);

/** @param {string} split */
function evaluate(split) {
  const command = [
    'packages/cli/bin/mien.js',
    'evaluate',
    '--model',
    folder ?? '',
    '--data',
    values.data ?? '',
  ];
  const text = execFileSync(process.execPath, [...command, '--split', split, '--format', 'json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Paths of this machine are left out.
  return { ...JSON.parse(text), model: id, data: basename(values.data ?? '') };
}
