// The whole service on the embedded database is killed again and again.
// @ts-check
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJobs } from '@mien/server';
import { compareResult } from './compare-result.js';
import { killAll, killProcess, startProcess } from './processes.js';

/** @param {string} folder @param {import('./footage.js').Footage} footage @param {{ kills: number }} options */
export async function killService(folder, footage, { kills }) {
  const place = /** @type {const} */ ({ kind: 'folder', folder: join(folder, 'embedded') });
  const ask = () => openJobs({ at: place, concurrency: 0, onProblem: () => undefined });
  try {
    let service = await startProcess('service', place);
    const begunMs = performance.now();
    const { id } = await (await ask()).jobs.submit({ settings: {}, files: footage.files });
    let killed = 0;
    for (;;) {
      const { jobs } = await ask();
      if ((await jobs.get(id)).state === 'done') break;
      await sleep(300 + Math.random() * 2500);
      if (killed === kills) continue;
      await killProcess(service);
      killed++;
      service = await startProcess('service', place);
    }
    const tookS = Math.round((performance.now() - begunMs) / 1000);
    const outcome = await compareResult((await ask()).jobs, id, footage);
    return { killed, ...outcome, tookS };
  } finally {
    await killAll();
  }
}
