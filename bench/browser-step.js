// A training step of 32 pictures in Chromium, in a worker of a cross-origin isolated page, compared with the same step in Node.
//   node bench/browser-step.js
// The two take turns; the best step of all rounds counts, because other programs can only make a step longer.
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { createPageServer } from '../scripts/serve.js';
import './measure.js';
import { timeSteps } from './browser-step-worker.js';

const [BATCH, ROUNDS, ROUND_MS] = [32, 4, 1500];
const PAGE = `<!doctype html><title>bench</title><script type="module">
  const worker = new Worker('/worker.js', { type: 'module' });
  globalThis.timeSteps = (...args) => new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(args);
  });
</script>`;

const made = { '/': PAGE, '/worker.js': readFileSync(new URL('browser-step-worker.js', import.meta.url)) };
const server = createPageServer({ made });
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
const places = {
  Node: timeSteps,
  Chromium: (...args) => page.evaluate(`timeSteps(${args.join(', ')})`),
};

const rows = {};
for (const threads of [1, 2]) {
  for (const [place, time] of Object.entries(places)) {
    rows[`${place}, ${threads} thread${threads === 1 ? '' : 's'}`] = { place: time, threads, timesMs: [] };
  }
}
// The first round warms up: WebAssembly starts with a fast, unoptimised compilation.
for (let round = 0; round <= ROUNDS; round++) {
  for (const row of Object.values(rows)) {
    const timesMs = await row.place(row.threads, BATCH, ROUND_MS);
    if (round > 0) row.timesMs.push(...timesMs);
  }
}
await browser.close();
server.close();
console.table(
  Object.fromEntries(
    Object.entries(rows).map(([name, { timesMs }]) => {
      timesMs.sort((a, b) => a - b);
      const [bestMs, medianMs] = [timesMs[0], timesMs[timesMs.length >> 1]];
      const round = (value) => Number(value.toFixed(1));
      return [
        name,
        {
          bestMs: round(bestMs),
          medianMs: round(medianMs),
          picturesPerSecond: Math.round((BATCH / bestMs) * 1000),
        },
      ];
    }),
  ),
);
