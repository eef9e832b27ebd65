// Analyses one video as a worker does: `node record-segment.js FILE [EVERY]` prints JSON.
// @ts-check
import { gzipSync } from 'node:zlib';
import { createAnalyzer } from '@mien/node';
import { enableRelaxedSimd } from '@mien/node/runtime';

const [path = '', every] = process.argv.slice(2);
enableRelaxedSimd();
const analyzer = await createAnalyzer({ model: 'nano' });
/** What starting cost: a worker does it once. */
const { user, system } = process.cpuUsage();
const start = performance.now();
/** @type {string[]} */
const lines = [];
for await (const frame of analyzer.frames(path, every === undefined ? {} : { every })) {
  lines.push(`${JSON.stringify(frame)}\n`);
}
const tookMs = performance.now() - start;
const resultBytes = gzipSync(lines.join('')).length;
console.log(JSON.stringify({ startS: (user + system) / 1e6, tookMs, frames: lines.length, resultBytes }));
await analyzer.dispose();
