// The queue at scale: 64 workers and 60,000 segments on PostgreSQL, which is a thousand hours of video in minutes.
//
//   npm run soak -- queue           about 25 minutes; writes bench/results/queue.json
//   npm run soak -- queue --quick   a minute; only prints
//
// Exits with 1 when the queue takes more than its share. Needs PostgreSQL on this machine and ffmpeg.
// @ts-check
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { recordSegmentTimes } from './queue/segment-times.js';
import { simulateQueue } from './queue/simulate.js';

/** Of a worker's time. */
const SHARE = 0.05;
/** So that the queue is asked about 80 times a second, as often as a thousand workers would. */
const RATE = 80;

const isQuick = process.argv.includes('--quick');
const sizes = isQuick ? { workers: 8, segments: 400 } : { workers: 64, segments: 60_000 };
const folder = mkdtempSync(join(os.tmpdir(), 'mien-soak-'));
try {
  process.stderr.write('how long segments take …\n');
  const segmentTimes = isQuick ? [{ cpuMs: 6000 }] : await recordSegmentTimes(folder);
  // The shortest: the queue's share of longer ones is smaller. A worker has a processor of its own.
  const segmentMs = Math.min(...segmentTimes.map(({ cpuMs }) => cpuMs));
  process.stderr.write('workers on the queue …\n');
  const speedUp = Math.max(1, (RATE * segmentMs) / 1000 / sizes.workers);
  const simulation = await simulateQueue(join(folder, 'queue'), { ...sizes, segmentMs, speedUp });
  console.log(JSON.stringify({ segmentTimes, simulation }, null, 1));
  const { done, doubled, share } = simulation;
  if (done !== sizes.segments || doubled > 0) {
    console.log(`of ${sizes.segments} segments ${done} were done, ${doubled} more than once`);
    process.exitCode = 1;
  }
  if (share > SHARE) {
    console.log(`the queue takes ${(100 * share).toFixed(1)} % of a worker's time, at most ${100 * SHARE} %`);
    process.exitCode = 1;
  }
  if (!isQuick) {
    const conditions = {
      date: new Date().toISOString().slice(0, 10),
      cpu: (os.cpus()[0]?.model ?? 'unknown').trim(),
      cores: os.cpus().length,
      node: process.version,
    };
    const record = { conditions, segmentTimes, simulation };
    const path = new URL('../results/queue.json', import.meta.url);
    writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
