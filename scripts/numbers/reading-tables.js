// Tables of how well faces are found, followed and explained.
// @ts-check
import { percent, short } from './digits.js';

/** @param {any} result */
export function faithfulnessTable({ publicTest }) {
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
export function detectionTable({ conditions, results }) {
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
export function costTable({ cost }) {
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

/** @param {any} result */
export function followingTable({ conditions, scenes, hour }) {
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
export function steadinessTable({ rows }) {
  return [
    '| response time | flips a minute | delay, median | p95 | right | flips without hysteresis |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      (/** @type {any} */ { responseTimeMs, flipsPerMinute, medianMs, p95Ms, right, flipsWithout }) =>
        `| ${responseTimeMs} ms | ${short(flipsPerMinute)} | ${medianMs} ms | ${p95Ms} ms | ${percent(right)} | ${flipsWithout === null ? '' : short(flipsWithout)} |`,
    ),
  ].join('\n');
}
