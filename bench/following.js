// Measures following on synthetic videos with a known ground truth (test/synthetic-video): node bench/following.js
//
// Each scene runs at three frame rates with the default detector for cameras, and the errors are added up. Then follows an
// hour of people who come and go, ten frames per second, with the memory in use.
// Result: bench/results/following.json, which docs/FOLLOWING.md shows.
// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { createAnalyzer, createBlazeFaceDetector, loadModel } from '@mien/core';
import { judgeFollowing } from '../test/synthetic-video/judge-following.js';
import { timesOf } from '../test/synthetic-video/synthetic-video.js';
import { createScenes } from '../test/synthetic-video/scenes.js';
import { hasData, loadCast } from '../test/synthetic-video/sprites.js';
import { createTurnover, FRAMES_PER_SECOND } from '../test/synthetic-video/turnover.js';
import { watch } from '../test/synthetic-video/watch.js';
import { readModel } from './read-model.js';

const RATES = /** @type {const} */ ([
  [5, 'constant'],
  [30, 'constant'],
  [15, 'variable'],
]);
const HOUR_FRAMES = 3600 * FRAMES_PER_SECOND;
const MARKS = [0.01, 0.1, 0.5, 1];

const model = await loadModel(readModel('nano'));
const detector = await createBlazeFaceDetector({ model: readModel('blazeface-short-range'), mode: 'camera' });
const cast = await loadCast();

/** @type {Record<string, object>} */
const scenes = {};
console.log(`${''.padEnd(30)}people  switched      missed  until found  false`);
for (const [name, take] of Object.entries(createScenes(cast))) {
  const people = take.scene.actors.length;
  const reports = [];
  for (const [rate, kind] of RATES) {
    const analyzer = await createAnalyzer({ model, detector });
    reports.push(judgeFollowing(await watch(analyzer, take, timesOf(take.seconds, rate, kind)), people));
    analyzer.dispose();
  }
  const actors = reports.flatMap((report) => report.actors);
  const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0);
  const found = Math.round(Math.max(...actors.flatMap(({ foundAfterMs }) => foundAfterMs)));
  const scene = {
    people,
    switches: sum(actors.map(({ switches }) => switches)),
    missed: people === 0 ? 0 : 1 - sum(actors.map(({ seen }) => seen)) / actors.length,
    found: people === 0 ? null : found,
    falseDetections: sum(reports.map(({ falseDetections }) => falseDetections)),
  };
  scenes[name] = scene;
  const { switches, missed, falseDetections } = scene;
  const share = `${(100 * missed).toFixed(1)} %`;
  console.log(
    `${name.padEnd(30)}${String(people).padStart(6)}${String(switches).padStart(10)}${share.padStart(12)}${`${scene.found ?? '–'} ms`.padStart(13)}${String(falseDetections).padStart(7)}`,
  );
}

/** Memory in use after each part of an hour, in megabytes. */
async function measureHour() {
  const analyzer = await createAnalyzer({ model, detector });
  const frameAt = createTurnover(cast.people);
  let ids = 0;
  /** @type {Record<string, number>} */
  const megabytes = {};
  for (let index = 0; index < HOUR_FRAMES; index++) {
    for (const { id = 0 } of analyzer.analyzeFrame(...frameAt(index)).faces) ids = Math.max(ids, id);
    if (!MARKS.includes((index + 1) / HOUR_FRAMES)) continue;
    globalThis.gc?.();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    megabytes[`${((index + 1) / HOUR_FRAMES) * 60} min`] = Number(
      ((heapUsed + arrayBuffers) / 1e6).toFixed(1),
    );
    console.log(
      `${index + 1} frames, ${ids} people: heap and buffers ${(heapUsed + arrayBuffers) / 1e6} MB, all ${rss / 1e6} MB`,
    );
  }
  analyzer.dispose();
  return { frames: HOUR_FRAMES, people: ids, megabytes };
}

const conditions = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  detector: 'BlazeFace for cameras',
  rates: RATES.map(([rate, kind]) =>
    kind === 'constant' ? `${rate} a second` : `about ${rate} a second, varying`,
  ),
  cast: hasData() ? 'photographs and FER2013' : 'the portrait of examples/',
};
const hour = await measureHour();
mkdirSync(new URL('results/', import.meta.url), { recursive: true });
writeFileSync(
  new URL('results/following.json', import.meta.url),
  `${JSON.stringify({ conditions, scenes, hour }, null, 2)}\n`,
);
