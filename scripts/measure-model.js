// Measures a model of models/ with everything that `mien evaluate` has, fills its result files and writes its card:
//
//   node scripts/measure-model.js ID --data fer2013.csv [--posed posed.csv] [--held-out 0.1]
//
//   models/ID/results/fer2013-publictest.json   all views, corruptions, sure and unsure readings
//   models/ID/results/held-out.json             the pictures of Training that chose temperature and threshold, if they were held out
//   models/ID/results/posed.json                a posed collection in FER2013's form, to measure on alone
//   models/ID/results/in-frames.json            PublicTest in larger pictures, where faces have to be found first
//   models/ID/manifest.json                     `metrics`
//   models/ID/MODEL_CARD.md                     by scripts/write-cards.js
// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readFer2013 } from '@mien/train/node';
import { measureInFrames } from '../bench/accuracy/in-frames.js';
import { writeCards } from './write-cards.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @param {{ id: string, data: string, posed?: string | undefined, heldOut?: number | undefined }} options */
export async function measureShippedModel({ id, data, posed, heldOut }) {
  const folder = new URL(`../models/${id}/`, import.meta.url);
  mkdirSync(new URL('results/', folder), { recursive: true });
  const manifestFile = new URL('manifest.json', folder);
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));

  const all = ['--views', 'one,flip,ten-crop', '--corruptions'];
  const publicTest = evaluate('FER2013', data, ['--split', 'PublicTest', ...all]);
  write('fer2013-publictest', publicTest);
  if (heldOut === undefined) rmSync(new URL('results/held-out.json', folder), { force: true });
  else write('held-out', evaluate('FER2013', data, ['--held-out', String(heldOut)]));
  const poses = posed === undefined ? undefined : evaluate('posed faces (CK+)', posed, ['--split', 'all']);
  if (poses !== undefined) write('posed', poses);
  await measureInFrames(id, await readFer2013(data));

  manifest.metrics = {
    'FER2013 PublicTest': {
      ...pick(publicTest),
      withoutDuplicates: pick(publicTest.withoutDuplicates),
      ...(publicTest.calibration && { calibratedEce: publicTest.calibration.ece.scaled }),
      meanOfTenCorruptions: publicTest.corruptions.meanOfTen,
    },
    ...(poses !== undefined && { 'posed faces': pick(poses) }),
  };
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
  await writeCards();
  console.log(`${id}: accuracy ${publicTest.accuracy.toFixed(4)} on PublicTest`);

  /** @param {string} name @param {string} file @param {readonly string[]} args */
  function evaluate(name, file, args) {
    const command = [
      `${ROOT}packages/cli/bin/mien.js`,
      'evaluate',
      '--model',
      fileURLToPath(folder),
      '--data',
      file,
    ];
    const text = execFileSync(process.execPath, [...command, ...args, '--format', 'json'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 2 ** 26,
    });
    // Names instead of paths of this machine.
    return { ...JSON.parse(text), model: id, data: name, weightsSha256: manifest.weights.sha256 };
  }

  /** @param {string} name @param {object} result */
  function write(name, result) {
    writeFileSync(new URL(`results/${name}.json`, folder), `${JSON.stringify(result, null, 2)}\n`);
  }
}

/** @param {any} result */
function pick({ count, accuracy, accuracyInterval, macroF1, ece, nll }) {
  return { count, accuracy, accuracyInterval, macroF1, ece, nll };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({
    options: { data: { type: 'string' }, posed: { type: 'string' }, 'held-out': { type: 'string' } },
    allowPositionals: true,
  });
  const [id] = positionals;
  if (id === undefined || values.data === undefined) {
    console.error('usage: node scripts/measure-model.js ID --data FILE [--posed FILE] [--held-out PART]');
    process.exit(2);
  }
  const heldOut = values['held-out'] === undefined ? undefined : Number(values['held-out']);
  await measureShippedModel({ id, data: values.data, posed: values.posed, heldOut });
}
