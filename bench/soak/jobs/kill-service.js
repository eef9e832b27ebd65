// The whole service on the embedded database is killed again and again.
// @ts-check
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJobs } from '@mien/server';
import { killAll, killProcess, startProcess } from './processes.js';
import { runJobs } from './run-jobs.js';

/** @param {string} folder @param {import('./footage.js').Footage} footage @param {{ kills: number }} options */
export async function killService(folder, footage, { kills }) {
  const place = /** @type {const} */ ({ kind: 'folder', folder: join(folder, 'embedded') });
  const ask = async () => (await openJobs({ at: place, concurrency: 0, onProblem: () => undefined })).jobs;
  try {
    let service = await startProcess('service', place);
    let killed = 0;
    const outcome = await runJobs(ask, footage, async () => {
      await sleep(300 + Math.random() * 2500);
      if (killed === kills) return false;
      await killProcess(service);
      killed++;
      service = await startProcess('service', place);
      return killed < kills;
    });
    return { killed, ...outcome };
  } finally {
    await killAll();
  }
}
