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
import { RATIOS } from '../bench/cases.js';
import { corruptionTable, networksTable, othersTable } from './evaluation-tables.js';
import { fireTable, loadTable, queueTable, sizingTable, workersByDefault } from './scale-tables.js';

const ROOT = new URL('../', import.meta.url);
const DOCUMENTS = [
  'README.md',
  'docs/SPEED.md',
  'docs/FOLLOWING.md',
  'packages/web/README.md',
  'apps/studio/README.md',
  'docs/EVALUATION.md',
  'docs/SCALE.md',
  'models/blazeface-short-range/MODEL_CARD.md',
];

/** @type {Record<string, () => string>} */
const BLOCKS = {
  'accuracy of networks': () =>
    networksTable(['nano', 'mini-xception'].map((id) => readJson(`models/${id}/manifest.json`))),
  'faces found': () => detectionTable(readJson('models/blazeface-short-range/results/detection.json')),
  'blazeface cost': () => costTable(readJson('models/blazeface-short-range/manifest.json')),
  speed: () => speedTable(latestBench()),
  'step rates': () => stepRateTable(latestBench()),
  'kernel rates': () => kernelRateTable(latestBench()),
  sizes: () => sizeTable(readJson('bench/results/sizes.json')),
  'start-up': () => startUpTable(latestBench()),
  'whole way': () => wholeWayTable(latestBench()),
  'beside libraries': () => librariesTable(latestBench()),
  'in a page': () => pageTable(),
  corruptions: () => corruptionTable(readJson('bench/results/corruptions.json')),
  'accuracy of others': () => othersTable(readJson('bench/results/accuracy.json')),
  following: () => followingTable(readJson('bench/results/following.json')),
  faithfulness: () => faithfulnessTable(readJson('models/nano/results/faithfulness.json')),
  steadiness: () => steadinessTable(readJson('bench/results/steadiness.json')),
  'service load': () => soakTable('service', 'service-load', loadTable),
  'fleet sizing': () => soakTable('queue', 'queue', sizingTable),
  'queue at scale': () => soakTable('queue', 'queue', queueTable),
  'jobs under fire': () => soakTable('jobs', 'jobs', fireTable),
};

/** @type {Record<string, () => string>} */
const FIGURES = {
  'studio, stored': () => toSize(readJson('bench/results/sizes.json').studio.stored),
  'studio, formats': () => toSize(readJson('bench/results/sizes.json').studio.formats),
  'studio, hdf5': () => toSize(readJson('bench/results/sizes.json').studio.hdf5),
  'workers by default': workersByDefault,
  'page size': () => toSize(readJson('bench/results/sizes.json').page.all),
};

const toSize = (/** @type {number} */ bytes) => `${Math.round(bytes / 1000)} KB`;
const percent = (/** @type {number} */ part) => `${(100 * part).toFixed(1)} %`;

/** @param {any} result */
function faithfulnessTable({ publicTest }) {
  const points = (/** @type {number} */ part) => (100 * part).toFixed(1);
  const rows = Object.values(publicTest).map(
    ({ method, layer, count, hottest, random, otherFace, more, share }) => {
      const { low, high } = more.interval;
      const name = layer === undefined ? method : `${method} at \`${layer}\``;
      return `| ${name} | ${count} | ${[hottest, random, otherFace, more].map(({ mean }) => points(mean)).join(' | ')} (${points(low)} to ${points(high)}) | ${percent(share)} |`;
    },
  );
  return [
    "| nano, FER2013 PublicTest | faces | hottest fifth | random fifth | another face's | more than random (95 %) | in |",
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @param {{ conditions: { pictures: number }, results: Record<string, { total: Record<string, number> }> }} detection */
function detectionTable({ conditions, results }) {
  const rows = Object.entries(results).map(
    ([name, { total }]) => `| ${name} | ${total['found']} of ${total['faces']} | ${total['false']} |`,
  );
  return [
    `| detector, on ${conditions.pictures} group photographs | clear faces found | false ones |`,
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

/** @param {any} manifest */
function costTable({ cost }) {
  const rows = Object.entries(cost.tiles).flatMap(([mode, sizes]) =>
    Object.entries(sizes).map(([size, tiles]) => {
      const macs = (tiles * cost.macsPerTile) / 1e9;
      return `| ${mode} | ${size.replace('x', '×')} | ${tiles} | ${cost.tilesPerDetection[mode]} | ${macs.toFixed(2)} |`;
    }),
  );
  return [
    '| mode | frame | tiles | and for each detection | billion MACs before refinement |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** Ours beside each peer at its quickest setting: best calls, because a shared machine spoils medians. @param {any} bench */
function speedTable({ conditions, results }) {
  /** @param {string} prefix */
  const quickest = (prefix) =>
    Math.min(
      ...Object.keys(results).map((name) => (name.startsWith(prefix) ? results[name].bestMs : Infinity)),
    );
  const rows = RATIOS.map(([name, ours, peer]) => ({ name, ours: quickest(ours), peer: quickest(peer) }))
    .filter(({ ours, peer }) => Number.isFinite(ours + peer))
    .map(({ name, ours, peer }) => {
      const [what, whom] = name.split('/');
      return `| ${SPEED_CASES[what ?? ''] ?? what} | ${short(ours)} | ${whom} | ${short(peer)} | ${short(ours / peer)} |`;
    });
  return [
    `Milliseconds a call (the best of one run), on ${conditions.cpu}, Node ${conditions.node}, ${conditions.date}:`,
    '',
    '| | Mien | peer | its best | ratio |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** What a step of 32 pictures computes per second, against the gemm kernel alone. @param {any} bench */
function stepRateTable({ results }) {
  const rateOf = (/** @type {string} */ name) => results[name].flop / results[name].bestMs / 1e6;
  const gemm = rateOf('mien, gemm');
  const rows = Object.entries(STEP_CASES).map(([name, what]) => {
    const rate = rateOf(name);
    return `| ${what} | ${short(results[name].bestMs)} | ${short(rate)} | ${percent(rate / gemm)} |`;
  });
  return [
    '| a step of 32, 1 thread | ms | GFLOP/s | of the gemm kernel |',
    '|---|---|---|---|',
    ...rows,
    `| gemm of 1152×128 and 128×128 | ${short(results['mien, gemm'].bestMs)} | ${short(gemm)} | |`,
  ].join('\n');
}

const STEP_CASES = {
  'mien, step, 1 thread': 'mini_Xception (5.5 MMACs)',
  'mien, residual step, 1 thread': 'residual network (78 MMACs, 2.8 million parameters)',
};

/** Every kernel against what the core can do at best. @param {any} bench */
function kernelRateTable({ rates }) {
  const { results } = rates.find((/** @type {any} */ it) => it.bench === 'kernels');
  const { peak, ...kernels } = results;
  const cell = (/** @type {number} */ rate, /** @type {number} */ of) =>
    `${rate} | ${Math.round((100 * rate) / of)} %`;
  return [
    '| kernel, pictures·size²·channels | relaxed SIMD | of the peak | plain SIMD | of the peak |',
    '|---|---|---|---|---|',
    `| multiply-adds in registers: the peak | ${peak.relaxed} | | ${peak.simd} | |`,
    ...Object.entries(kernels).map(
      ([label, rate]) => `| ${label} | ${cell(rate.relaxed, peak.relaxed)} | ${cell(rate.simd, peak.simd)} |`,
    ),
  ].join('\n');
}

/** @param {{ page: Record<string, number>, core: Record<string, number> }} result */
function sizeTable({ page, core }) {
  const kilobytes = (/** @type {number | undefined} */ bytes = 0) => (bytes / 1000).toFixed(1);
  return [
    '| part | KB, gzipped |',
    '|---|---|',
    ...Object.entries(page).map(([part, bytes]) => `| ${part} | ${kilobytes(bytes)} |`),
    `| for comparison: @mien/core alone, with the Haar cascade | ${kilobytes(core['all'])} |`,
  ].join('\n');
}

/** @param {any} bench */
function startUpTable({ results }) {
  const [all, outside, node] = START_UP_CASES.map((name) => results[name].bestMs);
  return [
    '| from the start of the process to the faces of a 640×480 picture | ms |',
    '|---|---|',
    `| all of it | ${short(all)} |`,
    `| Node and the decoder, which any program needs | ${short(outside)} |`,
    `| Node alone | ${short(node)} |`,
    `| the rest: Mien | ${short(all - outside)} |`,
  ].join('\n');
}

const START_UP_CASES = [
  'mien, start-up to the first result',
  'start-up, Node and the decoder alone',
  'start-up, Node alone',
];

/** Three digits, without an exponent. @param {number} value */
const short = (value) => (value < 1000 ? String(Number(value.toPrecision(3))) : value.toFixed(0));

/** What the bench's names mean. @type {Record<string, string>} */
const SPEED_CASES = {
  batch1: 'one face',
  batch32: '32 faces',
  step: 'a training step of 32, 1 thread',
  'step on 2 threads': 'a training step of 32, 2 threads',
  'residual step': 'a step of the residual network, 1 thread',
  'residual step on 2 threads': 'a step of the residual network, 2 threads',
  'camera frames': 'a camera frame, detected and read',
  photographs: 'a group photograph, detected and read',
  haar: 'Haar on 640×480, scale factor 1.3',
  'haar at 1.1': 'Haar on 640×480, scale factor 1.1',
};

/** A camera frame from pixels to the smoothed reading. @param {any} bench */
function wholeWayTable({ conditions, results }) {
  const whole = results['mien, whole way'];
  if (whole === undefined) return 'The newest result file has no figures of it yet: `npm run bench`.';
  return [
    `A camera frame takes **${whole.bestMs.toFixed(1)} ms**: 640×480, one face, one thread, on ${conditions.cpu}, Node ${conditions.node}, ${conditions.date}. This is the best frame, as in all other tables. The machine was busy (load ${conditions.loadBefore}), so the spread is wide: half of the frames took at most ${short(whole.medianMs)} ms, 95 % at most ${short(whole.p95Ms)} ms, and the longest ${short(whole.maxMs)} ms.`,
  ].join('\n');
}

/** Libraries that find faces and read expressions, on the same frames. @param {any} bench */
function librariesTable({ conditions, results }) {
  const found = (/** @type {string} */ name) =>
    Object.entries(conditions).find(([key]) => key.endsWith(` ${name}: found`))?.[1];
  const cells = (/** @type {string} */ name) =>
    results[name] === undefined ? ['–', '–'] : [short(results[name].bestMs), found(name)];
  const rows = Object.keys(results).flatMap((name) => {
    const [, library, rest] = /^(.+), camera frames(.*)$/.exec(name) ?? [];
    if (library === undefined) return [];
    const both = [name, `${library}, photographs${rest}`].flatMap(cells);
    return [`| ${library}${rest} | ${both.join(' | ')} |`];
  });
  return ['| | ms a camera frame | faces | ms a photograph | faces |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

/** From a camera's frame to its result in Chromium. */
function pageTable() {
  const path = 'bench/results/page.json';
  if (!existsSync(new URL(path, ROOT))) return 'Not measured yet: `node bench/page.js`.';
  const { conditions, results } = readJson(path);
  const ours = results.mien.bestMs;
  const rows = Object.entries(results).map(
    ([name, { bestMs, medianMs, found }]) =>
      `| ${name} | ${short(bestMs)} | ${short(medianMs)} | ${found} | ${name === 'mien' ? '' : short(bestMs / ours)} |`,
  );
  return [
    '| | ms a frame, best | median | faces | times as long |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    `${conditions.frames} frames of 640×480, Chromium ${conditions.chromium}, ${conditions.cpu}, ${conditions.date}, load ${short(conditions.load)}; human ${conditions.human}, face-api ${conditions['face-api']}.`,
  ].join('\n');
}

/** @param {any} result */
function followingTable({ conditions, scenes, hour }) {
  const held = Object.values(hour.megabytes);
  const rows = Object.entries(scenes).map(
    ([name, { people, switches, missed, found, falseDetections }]) =>
      `| ${name} | ${people} | ${switches} | ${percent(missed)} | ${found === null ? '' : `${found} ms`} | ${falseDetections} |`,
  );
  return [
    '| scene | people | id switches | missed | longest until detected | false detections |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `${conditions.detector}, ${conditions.rates.join(', ')}; faces of ${conditions.cast}.`,
    '',
    `In one hour ${hour.people} people came and went (${hour.frames} frames). Heap and buffers held ${held[1]} MB after six minutes and ${held.at(-1)} MB at the end.`,
  ].join('\n');
}

/** @param {any} result */
function steadinessTable({ rows }) {
  return [
    '| response time | flips a minute | delay, median | p95 | right | flips without hysteresis |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      (/** @type {any} */ { responseTimeMs, flipsPerMinute, medianMs, p95Ms, right, flipsWithout }) =>
        `| ${responseTimeMs} ms | ${short(flipsPerMinute)} | ${medianMs} ms | ${p95Ms} ms | ${percent(right)} | ${flipsWithout === null ? '' : short(flipsWithout)} |`,
    ),
  ].join('\n');
}

/**
 * The table of a soak, which takes too long to be run with each change.
 *
 * @param {string} what @param {string} file @param {(result: any) => string} toTable
 */
function soakTable(what, file, toTable) {
  const path = `bench/results/${file}.json`;
  if (!existsSync(new URL(path, ROOT))) return `Not measured yet: \`npm run soak -- ${what}\`.`;
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
