// From a camera's frame to its result in a page: @mien/web beside @vladmandic/human and face-api, on the same frames in the same
// Chromium, all on WebAssembly.
//
//   node bench/page.js           2 minutes; writes results/page.json, from which docs/SPEED.md is filled
//   node bench/page.js --quick   tries everything, writes nothing
//
// The libraries take turns, each in a page of its own; the best call counts, because other programs can only make it longer.
// @ts-check
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { chromium } from 'playwright-core';
import { createPageServer } from '../scripts/serve.js';
import { cameraViews, tally } from './reading-views.js';

const isQuick = process.argv.includes('--quick');
const [rounds, options] = isQuick
  ? [1, { warmUpMs: 0, measureMs: 500 }]
  : [3, { warmUpMs: 2000, measureMs: 4000 }];
const LIBRARIES = ['mien', 'human', 'face-api, tiny face detector', 'face-api, SSD MobileNet v1'];
const PEERS = new URL('node_modules/', import.meta.url);
const HUMAN = new URL('@vladmandic/human/', PEERS);
const FACE_API = new URL('@vladmandic/face-api/', PEERS);
const WASM = new URL('@tensorflow/tfjs-backend-wasm/', PEERS);
if (!existsSync(HUMAN)) {
  console.error('bench: the peers are not installed: npm install --prefix bench');
  process.exit(1);
}

const views = await cameraViews();
const server = createPageServer({ made: { ...pageFiles(), ...peerFiles() } });
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--disable-gpu', '--disable-background-networking'],
});
/** @type {Map<string, { timesMs: number[], found: string }>} */
const measured = new Map();
try {
  for (let round = 1; round <= rounds; round++) {
    for (const name of LIBRARIES) {
      process.stderr.write(`round ${round} of ${rounds}: ${name}\n`);
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.waitForFunction('"measureLibrary" in globalThis');
      const { timesMs, found } = await page.evaluate(
        `measureLibrary(${JSON.stringify(name)}, ${JSON.stringify(options)})`,
      );
      await page.close();
      const {
        faces,
        found: right,
        false: wrong,
      } = tally(views.map((view, at) => ({ view, found: found[at] })));
      const before = measured.get(name)?.timesMs ?? [];
      measured.set(name, { timesMs: [...before, ...timesMs], found: `${right} of ${faces}, ${wrong} false` });
    }
  }
} finally {
  await browser.close();
  server.close();
}

const results = Object.fromEntries(
  [...measured].map(([name, { timesMs, found }]) => {
    timesMs.sort((a, b) => a - b);
    const [bestMs, medianMs] = [timesMs[0], timesMs[timesMs.length >> 1]];
    return [name, { bestMs, medianMs, calls: timesMs.length, found }];
  }),
);
console.table(results);
if (!isQuick) {
  const conditions = {
    date: new Date().toISOString().slice(0, 10),
    cpu: (os.cpus()[0]?.model ?? 'unknown').trim(),
    cores: os.cpus().length,
    chromium: browser.version(),
    frames: views.length,
    rounds,
    load: os.loadavg()[0],
    human: versionOf(HUMAN),
    'face-api': versionOf(FACE_API),
  };
  const file = new URL('results/page.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify({ conditions, results }, null, 2)}\n`);
}

/** @param {URL} folder */
function versionOf(folder) {
  return JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')).version;
}

/** The page, its script and the frames. */
function pageFiles() {
  const [{ frame: { width, height } = { width: 0, height: 0 } } = {}] = views;
  return {
    '/': '<!doctype html><title>bench</title><link rel="icon" href="data:,"><script type="module" src="/readers.js"></script>',
    '/readers.js': readFileSync(new URL('page-readers.js', import.meta.url)),
    '/frames.json': JSON.stringify({ width, height, count: views.length }),
    '/frames.bin': Buffer.concat(views.map(({ frame }) => Buffer.from(frame.data))),
  };
}

/** The code, models and WebAssembly of the others, in one folder. */
function peerFiles() {
  /** @type {Record<string, Uint8Array>} */
  const files = {
    '/peers/human-settings.js': readFileSync(new URL('peers/human-settings.js', import.meta.url)),
    '/peers/human.js': readFileSync(new URL('dist/human.esm.js', HUMAN)),
    '/peers/face-api.js': readFileSync(new URL('dist/face-api.esm.js', FACE_API)),
  };
  for (const folder of [new URL('models/', HUMAN), new URL('model/', FACE_API), new URL('dist/', WASM)]) {
    for (const name of readdirSync(folder).filter((one) => /[.](json|bin|wasm)$/.test(one))) {
      files[`/peers/${name}`] = readFileSync(new URL(name, folder));
    }
  }
  return files;
}
