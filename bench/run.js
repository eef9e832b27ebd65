// Measures Mien and its peers in one run, and prints a table and then one JSON line of ratios.
//
// Every case is a separate process, and only one runs at a time; they take turns for several rounds. The table shows the
// median of the rounds' medians and the best call of all rounds. Ratios compare the best calls: other programs can only make a
// call longer, and on a busy machine they multiply medians.
// A peer that is not installed is skipped with a message; a case that fails makes the run fail.
// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { CASES, RATIOS } from './cases.js';
import { measureSizes } from './size.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const NOT_INSTALLED = /ERR_MODULE_NOT_FOUND|ModuleNotFoundError|ENOENT/;

/** @typedef {{ medianMs: number, bestMs: number, cpuMs?: number, calls: number, flop?: number } & Partial<Spread>} Timing */
/** For a case with varying calls: the times of the long ones. @typedef {Record<typeof SPREAD[number], number>} Spread */
const SPREAD = /** @type {const} */ (['p95Ms', 'maxMs', 'cpuP95Ms']);

/** @type {Map<string, Timing[]>} */
const timings = new Map();
/**
 * Facts that the cases report: versions, the build of the kernels.
 * @type {Record<string, string>}
 */
const facts = {};
const [loadBefore = 0] = os.loadavg();
if (loadBefore > 0.5)
  process.stderr.write(`the machine is busy (load ${loadBefore.toFixed(1)}): expect noise\n`);
/** Tables of rates that a case prints, each with its unit. @type {unknown[]} */
const rates = [];
const leftOut = new Set();
const failed = new Set();

/** `npm run bench -- haar step` runs the cases whose command contains one of these words; default: all. */
const words = process.argv.slice(2);
const chosen = CASES.filter(
  ({ command }) => words.length === 0 || words.some((word) => command.join(' ').includes(word)),
);
const rounds = Math.max(...chosen.map((it) => it.rounds));
for (let round = 0; round < rounds; round++) {
  for (const { command, install } of chosen.filter((it) => round < it.rounds)) {
    const [program = '', ...args] = command;
    const name = args.join(' ');
    if (leftOut.has(name) || failed.has(name)) continue;
    process.stderr.write(`round ${round + 1} of ${rounds}: ${name}\n`);
    const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: HERE, encoding: 'utf8' });
    if (status === 0) {
      const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
      if (answer.unit !== undefined) rates.push(answer);
      else
        for (const [key, value] of Object.entries(answer)) {
          if (typeof value === 'string') facts[`${name} ${key}`] = value;
          else timings.set(key, [...(timings.get(key) ?? []), value]);
        }
    } else if (NOT_INSTALLED.test(`${stderr}${error?.message}`)) {
      leftOut.add(name);
      process.stderr.write(`  left out, not installed: ${install}\n`);
    } else {
      failed.add(name);
      process.stderr.write(`  failed: ${stderr}${error?.message ?? ''}\n`);
    }
  }
}

const results = Object.fromEntries(
  [...timings].map(([name, of]) => [
    name,
    {
      medianMs: median(of.map((it) => it.medianMs)),
      bestMs: Math.min(...of.map((it) => it.bestMs)),
      ...(of[0]?.cpuMs === undefined ? {} : { cpuMs: Math.min(...of.map((it) => it.cpuMs ?? NaN)) }),
      ...(of[0]?.flop === undefined ? {} : { flop: of[0].flop }),
      ...Object.fromEntries(
        SPREAD.filter((key) => of[0]?.[key] !== undefined).map((key) => [
          key,
          Math.min(...of.map((it) => it[key] ?? NaN)),
        ]),
      ),
      roundsMs: of.map((it) => it.medianMs),
    },
  ]),
);
/** @param {number[]} values */
function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/**
 * Our time over the peer's, each of the fastest case with the prefix, so that a peer counts with its best setting.
 * @param {'bestMs' | 'cpuMs'} figure
 */
function ratiosOf(figure) {
  const quickest = (/** @type {string} */ prefix) =>
    Math.min(
      ...Object.keys(results)
        .filter((it) => it.startsWith(prefix))
        .map((it) => results[it]?.[figure] ?? NaN),
    );
  return Object.fromEntries(
    RATIOS.map(([name, ours, peer]) => [
      name,
      Number((quickest(ours) / quickest(peer)).toPrecision(3)),
    ]).filter(
      // A missing side gives 0, infinity or NaN.
      ([, ratio]) => Number.isFinite(ratio) && ratio !== 0,
    ),
  );
}
const ratios = ratiosOf('bestMs');

const date = new Date().toISOString().slice(0, 10);
const cpu = (os.cpus()[0]?.model ?? 'unknown').trim();
const conditions = {
  date,
  cpu,
  cores: os.cpus().length,
  node: process.version,
  platform: os.platform(),
  rounds,
  loadBefore,
  ...facts,
};
// Only a complete run is saved: its figures were measured together.
if (words.length === 0) {
  const name = `${date}-${cpu.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.json`;
  const record = {
    conditions,
    results,
    ratios,
    cpuRatios: ratiosOf('cpuMs'),
    sizes: await measureSizes(),
    rates,
    leftOut: [...leftOut],
  };
  mkdirSync(new URL('results/', import.meta.url), { recursive: true });
  writeFileSync(new URL(`results/${name}`, import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
}

const width = Math.max(...Object.keys(results).map((name) => name.length));
console.log(`\n${cpu}, ${os.cpus().length} cores, Node ${process.version}: milliseconds a call\n`);
console.log(`${''.padEnd(width)}      median        best         cpu`);
for (const [name, { medianMs, bestMs, cpuMs }] of Object.entries(results)) {
  const figures = [medianMs, bestMs, cpuMs].map((ms) => (ms?.toFixed(3) ?? '–').padStart(12));
  console.log(`${name.padEnd(width)}${figures.join('')}`);
}
console.log(`\n${JSON.stringify(ratios)}`);
process.exitCode = failed.size > 0 ? 1 : 0;
