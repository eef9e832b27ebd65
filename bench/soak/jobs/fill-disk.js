// The disk of the embedded service gets full while it works, and has room again later.
// @ts-check
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJobs } from '@mien/server';
import { killAll, startProcess } from './processes.js';
import { runJobs } from './run-jobs.js';

/** So long there is no room: several attempts fail meanwhile. */
const FULL_MS = 15_000;

/** Writes until nothing more fits: the service takes and gives room meanwhile. @param {string} path */
function fill(path) {
  for (const block of [Buffer.alloc(2 ** 20), Buffer.alloc(4096)]) {
    try {
      for (;;) appendFileSync(path, block);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOSPC') throw error;
    }
  }
}

/** @param {string} folder @param {import('./footage.js').Footage} footage @param {{ fills: number }} options */
export async function fillDisk(folder, footage, { fills }) {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk]).status === 0;
  if (!mounted) return { skipped: 'a small disk cannot be mounted here (needs root)' };
  const place = /** @type {const} */ ({ kind: 'folder', folder: join(disk, 'data') });
  const filler = join(disk, 'filler');
  const ask = async () => (await openJobs({ at: place, concurrency: 0, onProblem: () => undefined })).jobs;
  try {
    let service = await startProcess('service', place);
    let [filled, ended] = [0, 0];
    /** @type {string[]} what people are told meanwhile */
    const told = [];
    const outcome = await runJobs(ask, footage, async () => {
      await sleep(500);
      if (filled === fills) return false;
      fill(filler);
      filled++;
      const refusal = await ask()
        .then((jobs) => jobs.submit({ settings: {}, files: footage.files.slice(0, 3) }))
        .then(
          () => 'taken',
          (error) => String(error.message),
        );
      told.push(refusal);
      await sleep(FULL_MS);
      rmSync(filler);
      if (service.exitCode !== null || service.signalCode !== null) {
        ended++;
        service = await startProcess('service', place);
      }
      return filled < fills;
    });
    return { filled, serviceEnded: ended, told: [...new Set(told)], ...outcome };
  } finally {
    await killAll();
    spawnSync('umount', [disk]);
  }
}
