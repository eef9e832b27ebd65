// Tables of speed and size, as docs/SPEED.md shows them.
// @ts-check
import { RATIOS } from '../../bench/cases.js';
import { percent, short } from './digits.js';

/** Ours beside each peer at its quickest setting: best calls, because a shared machine spoils medians. @param {any} bench */
export function speedTable({ conditions, results }) {
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
export function stepRateTable({ results }) {
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
export function kernelRateTable({ rates }) {
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
export function sizeTable({ page, core }) {
  const kilobytes = (/** @type {number | undefined} */ bytes = 0) => (bytes / 1000).toFixed(1);
  return [
    '| part | KB, gzipped |',
    '|---|---|',
    ...Object.entries(page).map(([part, bytes]) => `| ${part} | ${kilobytes(bytes)} |`),
    `| for comparison: @mien/core alone, with the Haar cascade | ${kilobytes(core['all'])} |`,
  ].join('\n');
}

/** @param {any} bench */
export function startUpTable({ results }) {
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

/** What the bench's names mean. @type {Record<string, string>} */
const SPEED_CASES = {
  'nano-batch1': 'one face, nano',
  'nano-batch32': '32 faces, nano',
  batch1: 'one face, mini-xception',
  batch32: '32 faces, mini-xception',
  step: 'a training step of 32, mini-xception, 1 thread',
  'step on 2 threads': 'a training step of 32, mini-xception, 2 threads',
  'residual step': 'a step of the residual network, 1 thread',
  'residual step on 2 threads': 'a step of the residual network, 2 threads',
  'camera frames': 'a camera frame, detected and read',
  photographs: 'a group photograph, detected and read',
  haar: 'Haar on 640×480, scale factor 1.3',
  'haar at 1.1': 'Haar on 640×480, scale factor 1.1',
};

/** A camera frame from pixels to the smoothed reading. @param {any} bench */
export function wholeWayTable({ conditions, results }) {
  const whole = results['mien, whole way'];
  if (whole === undefined) return 'The newest result file has no figures of it yet: `npm run bench`.';
  return [
    `A camera frame takes **${whole.bestMs.toFixed(1)} ms**: 640×480, one face, one thread, on ${conditions.cpu}, Node ${conditions.node}, ${conditions.date}. This is the best frame, as in all other tables. The machine was busy (load ${conditions.loadBefore}), so the spread is wide: half of the frames took at most ${short(whole.medianMs)} ms, 95 % at most ${short(whole.p95Ms)} ms, and the longest ${short(whole.maxMs)} ms.`,
  ].join('\n');
}

/** Libraries that find faces and read expressions, on the same frames. @param {any} bench */
export function librariesTable({ conditions, results }) {
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

/** From a camera's frame to its result in Chromium. @param {any} result */
export function pageTable({ conditions, results }) {
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
