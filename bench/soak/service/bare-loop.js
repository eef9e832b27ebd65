// The library alone: one picture after another, as fast as it goes. `node bare-loop.js FILE SECONDS` prints pictures per second.
// @ts-check
import { readFile } from 'node:fs/promises';
import { createAnalyzer } from '@mien/node';
import { enableRelaxedSimd } from '@mien/node/runtime';

const [path = '', seconds = '10'] = process.argv.slice(2);
enableRelaxedSimd();
const bytes = await readFile(path);
const analyzer = await createAnalyzer({ model: 'nano' });
/** WebAssembly is optimised in the background. */
const WARM_UP_MS = 2000;
const run = async (/** @type {number} */ durationMs) => {
  const start = performance.now();
  let count = 0;
  for (; performance.now() - start < durationMs; count++) await analyzer.analyze(bytes);
  return (count * 1000) / (performance.now() - start);
};
await run(WARM_UP_MS);
console.log(await run(Number(seconds) * 1000));
await analyzer.dispose();
