// Many workers on the real queue, with analyses that only take their time.
//
// Everything is real but the analysis: PostgreSQL, pg-boss, one engine for each worker with its connections, heartbeats and
// supervision, files in and out of the store. An analysis waits for the time that a segment took when it was recorded, divided
// by `speedUp`; so the queue is asked `speedUp` times as often as it would be.
// @ts-check
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { openJobs } from '@mien/server';
import sharp from 'sharp';
import { startPostgres } from '../../../packages/server/src/testing/start-postgres.js';

const ENGINE = new URL('../../../packages/server/dist/modules/service/open-engine.js', import.meta.url);
const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
/** Segments of one job: as many files as the service takes in one request. */
const JOB_FILES = 1000;
/** A worker gives a sign of life every 5 s. */
const TOUCH_MS = 5000;
/** Connections of a worker; some more for this script. */
const CONNECTIONS = 3;

/**
 * @param {string} folder
 * @param {{ workers: number, segments: number, segmentMs: number, speedUp: number }} options  segmentMs: recorded time of one
 */
export async function simulateQueue(folder, { workers, segments, segmentMs, speedUp }) {
  const { openEngine } = await import(ENGINE.href);
  const postgres = await startPostgres({ connections: workers * CONNECTIONS + 20 });
  const place = /** @type {const} */ ({
    kind: 'server',
    url: postgres.url,
    storeFolder: join(folder, 'store'),
  });
  /** @type {Map<string, number>} how often each was analysed */
  const analysed = new Map();
  /** @type {string[]} */
  const problems = [];
  const onProblem = (/** @type {Error} */ error) => void problems.push(error.message);
  const bytes = gzipSync(`${JSON.stringify({ source: 'a', width: 1, height: 1, faces: [] })}\n`);
  let computedMs = 0;
  const createAnalyst = () => ({
    /** @param {{ name: string }} input @param {AbortSignal} signal */
    async analyze({ name }, signal) {
      const start = performance.now();
      // Half to one and a half times as long, always the same for a name.
      await sleep((segmentMs * (0.5 + fractionOf(name))) / speedUp, undefined, { signal });
      computedMs += performance.now() - start;
      analysed.set(name, (analysed.get(name) ?? 0) + 1);
      return { bytes, frames: 1, labels: LABELS, note: undefined };
    },
    close: () => Promise.resolve(),
  });
  try {
    const { jobs, close } = await openJobs({ at: place, concurrency: 0, onProblem });
    const picture = join(folder, 'a.jpg');
    await mkdir(folder, { recursive: true });
    await writeFile(picture, await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } }).jpeg().toBuffer()); // prettier-ignore
    const submitMs = performance.now();
    /** @type {string[]} */
    const ids = [];
    for (let begin = 0; begin < segments; begin += JOB_FILES) {
      const length = Math.min(JOB_FILES, segments - begin);
      const files = Array.from({ length }, (_, index) => ({ name: `${begin + index}.jpg`, path: picture }));
      ids.push((await jobs.submit({ settings: {}, files })).id);
    }
    const submittedMs = performance.now() - submitMs;
    const start = performance.now();
    const options = { place, concurrency: 1, onProblem, createAnalyst, touchMs: TOUCH_MS / speedUp };
    const engines = await Promise.all(Array.from({ length: workers }, () => openEngine(options)));
    const beganMs = performance.now();
    const isOver = async () =>
      (await Promise.all(ids.map((id) => jobs.get(id)))).every(({ state }) => state === 'done');
    // Reading every job is work too: only when all was analysed.
    while (analysed.size < segments || !(await isOver())) await sleep(100);
    const tookMs = performance.now() - beganMs;
    const all = await Promise.all(ids.map((id) => jobs.get(id)));
    const done = all.reduce((sum, job) => sum + job.done, 0);
    await Promise.all(engines.map((engine) => engine.close(0)));
    await close(0);
    const meanMs = computedMs / segments;
    const queueMs = (tookMs * workers) / segments - meanMs;
    return {
      ...{ workers, segments, speedUp, done },
      doubled: [...analysed.values()].filter((count) => count > 1).length,
      problems: problems.length,
      submittedPerSecond: round(segments / (submittedMs / 1000)),
      openedS: round((beganMs - start) / 1000),
      tookS: round(tookMs / 1000),
      perSecond: round(segments / (tookMs / 1000)),
      segmentMs,
      /** What a worker waits for the queue for each segment. */
      queueMs: round(queueMs),
      /** Of the time of a worker, where segments take what was recorded. */
      share: queueMs / (queueMs + segmentMs),
    };
  } finally {
    postgres.stop();
  }
}

/** 0…1 @param {string} name */
function fractionOf(name) {
  return (Number.parseInt(name, 10) * 0.618_034) % 1;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
