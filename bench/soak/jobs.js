// Jobs under fire: workers, databases and services are killed while they work, over pictures and videos; disks get full, clocks
// differ. At the end nothing may be lost, nothing may be there twice, and results must be those of `mien analyze`, byte for byte.
//
//   npm run soak -- jobs               about an hour; writes bench/results/jobs.json, after each trial
//   npm run soak -- jobs --quick       minutes; only prints
//   npm run soak -- jobs --only disk   one of workers, service, disk, clocks; the file keeps what it has of the others
//
// It needs PostgreSQL on this machine, and ffmpeg for the videos; root for a small disk, libfaketime for clocks.
// @ts-check
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillDisk } from './jobs/fill-disk.js';
import { makeFootage } from './jobs/footage.js';
import { killService } from './jobs/kill-service.js';
import { killWorkers } from './jobs/kill-workers.js';
import { isWhole } from './jobs/run-jobs.js';
import { skewClocks } from './jobs/skew-clocks.js';
import { readRecord, writeRecord } from './report.js';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
  allowPositionals: true,
});
const sizes = values.quick
  ? { pictures: 40, videoSeconds: [8], workers: 3, kills: 5, databaseKills: 1, serviceKills: 3, fills: 1 }
  : {
      ...{ pictures: 400, videoSeconds: [8, 15, 70], workers: 3, kills: 50, databaseKills: 5 },
      ...{ serviceKills: 30, fills: 3 },
    };
const { kills, serviceKills, fills } = sizes;

const folder = mkdtempSync(join(os.tmpdir(), 'mien-soak-'));
try {
  process.stderr.write('pictures and videos, and what mien analyze says of them …\n');
  const footage = await makeFootage(folder, sizes);
  /** @type {Record<string, (place: string) => Promise<object>>} */
  const trials = {
    workers: (place) => killWorkers(place, footage, sizes),
    service: (place) => killService(place, footage, { kills: serviceKills }),
    disk: (place) => fillDisk(place, footage, { fills }),
    clocks: (place) => skewClocks(place, footage, { kills: Math.ceil(kills / 5) }),
  };
  /** @type {Record<string, any>} */
  const results = {};
  for (const [name, run] of Object.entries(trials)) {
    if (values.only !== undefined && values.only !== name) continue;
    process.stderr.write(`${name} …\n`);
    const place = join(folder, name);
    mkdirSync(place);
    results[name] = await run(place);
    console.log(`${name}: ${JSON.stringify(results[name])}`);
    if (!values.quick) keep(results);
  }
  const broken = Object.entries(results).filter(([, result]) => !('skipped' in result) && !isWhole(result));
  for (const [name] of broken) console.log(`${name}: something was lost, doubled or changed`);
  if (broken.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** A trial that breaks loses nothing of those before it. @param {Record<string, object>} results */
function keep(results) {
  const { pictures, videoSeconds } = sizes;
  const { results: before = {} } = readRecord('jobs') ?? {};
  writeRecord('jobs', { pictures, videoSeconds }, { results: { ...before, ...results } });
}
