// How `mien serve` holds up: rate and latency from one client to many, beside one bare loop of the library in the same run;
// memory over many requests; clients that are slow, that leave, and that only listen.
//
//   npm run soak -- service            about 45 minutes; writes bench/results/service-load.json
//   npm run soak -- service --quick    2 minutes; only prints
//
// Exits with 1 when a limit is exceeded. Needs the built packages and `npm install --prefix bench`. Linux.
// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { readLoad, report, tellExceeded, writeRecord } from './report.js';
import {
  abortUploads,
  openEventStreams,
  openIdleStreams,
  openSlowReaders,
  openSlowUploads,
} from './service/bad-clients.js';
import { exceededByService, SERVICE_LIMITS } from './service/limits.js';
import { startMien, submitJob } from './service/start-mien.js';
import { HAS_AUTOCANNON, measureThroughput } from './service/throughput.js';

const isQuick = process.argv.includes('--quick');
const PORTRAIT = fileURLToPath(new URL('../../examples/eileen-collins.png', import.meta.url));
const BARE_LOOP = fileURLToPath(new URL('service/bare-loop.js', import.meta.url));

const sizes = isQuick
  ? { seconds: 4, rounds: 2, requests: 500, samples: 5, streams: 100, uploads: 20 }
  : { seconds: 15, rounds: 5, requests: 100_000, samples: 20, streams: 1000, uploads: 200 };

if (!HAS_AUTOCANNON) throw new Error('autocannon is not installed: npm install --prefix bench');
const loadBefore = readLoad();

const folder = mkdtempSync(join(os.tmpdir(), 'mien-soak-'));
const picture = new Uint8Array(await sharp(PORTRAIT).resize(256).jpeg().toBuffer());
const picturePath = join(folder, 'picture.jpg');
writeFileSync(picturePath, picture);
const data = join(folder, 'data');
const service = await startMien(data, { threads: 1, jobs: 0, streams: sizes.streams });
try {
  const results = {
    ratio: await report('beside one bare loop', measureRatio),
    ladder: await report('one client to many', measureLadder),
    memory: await report('memory', measureMemory),
    clients: await report('difficult clients', measureClients),
  };
  const problems = exceededByService(results);
  tellExceeded(problems);
  if (!isQuick) {
    const conditions = { loadBefore, picture: '256 pixels wide, one face, JPEG', threads: 1 };
    writeRecord('service-load', conditions, { limits: SERVICE_LIMITS, results, exceeded: problems });
  }
} finally {
  await service.stop();
  rmSync(folder, { recursive: true });
}

/** Both in turns, because other work on the machine comes and goes. */
async function measureRatio() {
  const rounds = [];
  await measureThroughput(service.url, picture, { connections: 4, seconds: 3 });
  for (let round = 0; round < sizes.rounds; round++) {
    const args = [BARE_LOOP, picturePath, String(sizes.seconds)];
    const bare = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    const load = { connections: 8, seconds: sizes.seconds };
    const served = await measureThroughput(service.url, picture, load);
    rounds.push({ bare, served: served.perSecond, ratio: served.perSecond / bare });
  }
  const ratios = rounds.map(({ ratio }) => ratio).sort((a, b) => a - b);
  return { rounds, ratio: ratios[ratios.length >> 1] ?? NaN };
}

/** 128 clients are more than the queue takes: some are refused, and none fails. */
async function measureLadder() {
  const rows = [];
  for (const connections of [1, 2, 4, 8, 16, 32, 64, 128]) {
    rows.push(await measureThroughput(service.url, picture, { connections, seconds: sizes.seconds }));
  }
  return rows;
}

async function measureMemory() {
  const rows = [];
  let failed = 0;
  for (let sample = 0; sample < sizes.samples; sample++) {
    const requests = Math.round(sizes.requests / sizes.samples);
    const result = await measureThroughput(service.url, picture, { connections: 8, requests });
    failed += result.failed + result.refused;
    rows.push({ requests: requests * (sample + 1), residentMb: service.residentMb() });
  }
  // The first quarter warms up: the heap grows to what it needs.
  const warm = rows.slice(rows.length >> 2);
  return { rows, failed, growthMb: toMb((warm.at(-1)?.residentMb ?? NaN) - (warm[0]?.residentMb ?? NaN)) };
}

async function measureClients() {
  const load = { connections: 2, seconds: sizes.seconds };
  const alone = await measureThroughput(service.url, picture, load);
  const beforeMb = service.residentMb();

  const stopUploads = openSlowUploads(service.url, 20);
  const slowUploads = await measureThroughput(service.url, picture, load);
  stopUploads();

  // Large enough that the system does not take all of it.
  const many = Array.from({ length: 200 }, (_, index) => ({ name: `${index}.jpg`, bytes: picture }));
  const job = await submitJob(service.url, many);
  const stopReaders = openSlowReaders(job, 50);
  const slowReaders = await measureThroughput(service.url, picture, load);
  stopReaders();

  const aborting = abortUploads(service.url, { uploads: sizes.uploads, bytes: 2_000_000 });
  const abortedUploads = await measureThroughput(service.url, picture, load);
  await aborting;
  const uploads = join(data, 'files/uploads');
  // Only those of the job that waits; the last one may just be going.
  for (let tries = 0; readdirSync(uploads).length > 1 && tries < 100; tries++) await sleep(100);
  const leftOver = readdirSync(uploads).length - 1;

  const streams = await openEventStreams(job, sizes.streams);
  const idleStreams = await measureThroughput(service.url, picture, load);
  // All at once: those who listen, those who might send pictures, and those who are slow.
  const live = await openIdleStreams(service.url, sizes.streams);
  const stopSlow = [openSlowUploads(service.url, 20), openSlowReaders(job, 50)];
  const liveStreams = await measureThroughput(service.url, picture, load);
  for (const stop of stopSlow) stop();
  const aliveLive = live.alive();
  await live.close();
  const alive = streams.alive();
  await fetch(job, { method: 'DELETE' });
  await streams.ended();
  const told = streams.told('cancelled');
  return {
    ...{ alone, slowUploads, slowReaders, abortedUploads, idleStreams, liveStreams },
    streams: { opened: sizes.streams, alive, told, aliveLive },
    leftOver,
    growthMb: toMb(service.residentMb() - beforeMb),
  };
}

/** @param {number} megabytes */
function toMb(megabytes) {
  return Math.round(megabytes * 10) / 10;
}
