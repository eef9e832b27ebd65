// The disk of the embedded service gets full while it works, and has room again later.
// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJobs } from '@mien/server';
import { compareResult } from './compare-result.js';
import { killAll, startProcess } from './processes.js';

/** Half a minute without room: several attempts fail meanwhile. */
const FULL_MS = 15_000;

/** @param {string} folder @param {import('./footage.js').Footage} footage @param {{ fills: number }} options */
export async function fillDisk(folder, footage, { fills }) {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', disk]).status === 0;
  if (!mounted) return { skipped: 'a small disk cannot be mounted here (needs root)' };
  const place = /** @type {const} */ ({ kind: 'folder', folder: join(disk, 'data') });
  const filler = join(disk, 'filler');
  const ask = () => openJobs({ at: place, concurrency: 0, onProblem: () => undefined });
  try {
    let service = await startProcess('service', place);
    const { id } = await (await ask()).jobs.submit({ settings: {}, files: footage.files });
    let [filled, ended] = [0, 0];
    /** @type {string[]} what people are told meanwhile */
    const told = [];
    for (;;) {
      const { jobs } = await ask();
      const job = await jobs.get(id);
      if (job.state === 'done') {
        // What was given up for want of room is tried again by people.
        if (job.failed === 0 || filled < fills) break;
        await jobs.retry(id);
      }
      await sleep(500);
      if (filled === fills) continue;
      const { bavail, bsize } = statfsSync(disk);
      writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize)));
      filled++;
      const refusal = await jobs.submit({ settings: {}, files: footage.files.slice(0, 3) }).then(
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
    }
    const outcome = await compareResult((await ask()).jobs, id, footage);
    return { filled, serviceEnded: ended, told: [...new Set(told)], ...outcome };
  } finally {
    await killAll();
    spawnSync('umount', [disk]);
  }
}
