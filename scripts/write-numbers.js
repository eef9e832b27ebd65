// Fills figures from result files into the documents, so that no number is typed by hand.
//
//   node scripts/write-numbers.js           rewrites the blocks
//   node scripts/write-numbers.js --check   fails when a document differs from its result file
//
// `<!-- numbers: NAME -->` … `<!-- /numbers -->` is filled with the block of that name in BLOCKS below, and
// `<!-- output: mien … -->` … `<!-- /output -->` with what that command prints. Within a sentence,
// `<!-- figure: NAME -->…<!-- /figure -->` is filled from FIGURES.
// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { toSize } from './numbers/digits.js';
import { corruptionTable, networksTable, othersTable } from './numbers/evaluation-tables.js';
import {
  costTable,
  detectionTable,
  faithfulnessTable,
  followingTable,
  steadinessTable,
} from './numbers/reading-tables.js';
import { fireTable, loadTable, queueTable, sizingTable, workersByDefault } from './numbers/scale-tables.js';
import {
  kernelRateTable,
  librariesTable,
  pageTable,
  sizeTable,
  speedTable,
  startUpTable,
  stepRateTable,
  wholeWayTable,
} from './numbers/speed-tables.js';

const ROOT = new URL('../', import.meta.url);
const DOCUMENTS = [
  'README.md',
  'docs/SPEED.md',
  'docs/FOLLOWING.md',
  'packages/web/README.md',
  'apps/studio/README.md',
  'docs/EVALUATION.md',
  'docs/OUTPUTS.md',
  'docs/SCALE.md',
  'models/blazeface-short-range/MODEL_CARD.md',
];

/** @type {Record<string, () => string>} */
const BLOCKS = {
  'accuracy of networks': () =>
    networksTable(['base', 'nano', 'mini-xception'].map((id) => readJson(`models/${id}/manifest.json`))),
  'faces found': () => detectionTable(readJson('models/blazeface-short-range/results/detection.json')),
  'blazeface cost': () => costTable(readJson('models/blazeface-short-range/manifest.json')),
  speed: () => speedTable(latestBench()),
  'step rates': () => stepRateTable(latestBench()),
  'kernel rates': () => kernelRateTable(latestBench()),
  sizes: () => sizeTable(readJson('bench/results/sizes.json')),
  'start-up': () => startUpTable(latestBench()),
  'whole way': () => wholeWayTable(latestBench()),
  'beside libraries': () => librariesTable(latestBench()),
  'in a page': () => measured('node bench/page.js', 'page', pageTable),
  corruptions: () => corruptionTable(readJson('bench/results/corruptions.json')),
  'accuracy of others': () => othersTable(readJson('bench/results/accuracy.json')),
  following: () => followingTable(readJson('bench/results/following.json')),
  faithfulness: () => faithfulnessTable(readJson('models/nano/results/faithfulness.json')),
  steadiness: () => steadinessTable(readJson('bench/results/steadiness.json')),
  'service load': () => measured('npm run soak -- service', 'service-load', loadTable),
  'fleet sizing': () => measured('npm run soak -- queue', 'queue', sizingTable),
  'queue at scale': () => measured('npm run soak -- queue', 'queue', queueTable),
  'jobs under fire': () => measured('npm run soak -- jobs', 'jobs', fireTable),
};

/** @type {Record<string, () => string>} */
const FIGURES = {
  'studio, stored': () => toSize(readJson('bench/results/sizes.json').studio.stored),
  'studio, formats': () => toSize(readJson('bench/results/sizes.json').studio.formats),
  'studio, hdf5': () => toSize(readJson('bench/results/sizes.json').studio.hdf5),
  'workers by default': workersByDefault,
  'least leads': () =>
    ['base', 'nano']
      .map(
        (id) =>
          `${Math.round(100 * readJson(`models/${id}/manifest.json`).quality.minMargin)} points for ${id}`,
      )
      .join(', '),
  'page size': () => toSize(readJson('bench/results/sizes.json').page.all),
};

/**
 * A table of what takes too long to be measured with each change.
 *
 * @param {string} command @param {string} file @param {(result: any) => string} toTable
 */
function measured(command, file, toTable) {
  const path = `bench/results/${file}.json`;
  if (!existsSync(new URL(path, ROOT))) return `Not measured yet: \`${command}\`.`;
  return toTable(readJson(path));
}

function latestBench() {
  const folder = 'bench/results/';
  // Files of complete runs begin with their date.
  const files = readdirSync(new URL(folder, ROOT)).filter((name) => /^\d.*[.]json$/.test(name));
  return readJson(folder + files.sort().at(-1));
}

/** What `mien` prints, run in the repository's root. @param {string} args */
function run(args) {
  const command = ['packages/cli/bin/mien.js', ...args.split(' ')];
  return execFileSync(process.execPath, command, { cwd: fileURLToPath(ROOT), encoding: 'utf8' }).trim();
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
}

const check = process.argv.includes('--check');
const stale = [];
for (const path of DOCUMENTS) {
  const file = new URL(path, ROOT);
  const before = readFileSync(file, 'utf8');
  const filled = before
    .replaceAll(/(<!-- numbers: ([^>]+) -->\n)[\s\S]*?(<!-- \/numbers -->)/g, (_, start, name, end) => {
      const block = BLOCKS[name];
      if (block === undefined) throw new Error(`${path}: no block is named "${name}"`);
      return `${start}\n${block()}\n\n${end}`;
    })
    .replaceAll(/(<!-- figure: ([^>]+) -->)[^<]*(<!-- \/figure -->)/g, (_, start, name, end) => {
      const figure = FIGURES[name];
      if (figure === undefined) throw new Error(`${path}: no figure is named "${name}"`);
      return start + figure() + end;
    })
    .replaceAll(
      /(<!-- output: mien ([^>]+) -->\n)[\s\S]*?(<!-- \/output -->)/g,
      (_, start, args, end) => `${start}\n\`\`\`text\n${run(args)}\n\`\`\`\n\n${end}`,
    );
  const after = await format(filled, { ...(await resolveConfig(fileURLToPath(file))), parser: 'markdown' });
  if (after === before) continue;
  if (check) stale.push(path);
  else writeFileSync(file, after);
}
if (stale.length > 0) {
  console.error(
    `${stale.join(', ')}: figures differ from the result files; run node scripts/write-numbers.js`,
  );
  process.exitCode = 1;
}
