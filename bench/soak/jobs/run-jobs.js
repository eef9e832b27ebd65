// Jobs of the same footage, one after the other, as long as there is trouble to make.
// @ts-check
import { text } from 'node:stream/consumers';

/** @typedef {import('@mien/server').Jobs} Jobs */

/**
 * Nothing is lost if all of every job is done in the end; nothing is doubled or changed if the bytes are those of
 * `mien analyze`. A file whose workers were killed six times is given up and said to have failed: it is retried, as people
 * would.
 *
 * @param {() => Promise<Jobs>} ask
 * @param {import('./footage.js').Footage} footage
 * @param {() => Promise<boolean>} makeTrouble  called again and again while a job runs; whether there is more to make
 */
export async function runJobs(ask, { files, expected }, makeTrouble) {
  const start = performance.now();
  const result = { jobs: 0, total: 0, done: 0, attempts: 0, givenUp: 0, isSame: true };
  let isTrouble = true;
  while (isTrouble) {
    const { id } = await (await ask()).submit({ settings: {}, files });
    for (;;) {
      // It may just be down.
      const job = await ask().then((jobs) => jobs.get(id)).catch(() => undefined); // prettier-ignore
      if (job?.state !== 'done') {
        isTrouble = await makeTrouble();
        continue;
      }
      result.attempts += job.items.reduce((sum, { attempts }) => sum + attempts, 0);
      if (job.failed === 0) break;
      const others = job.items.find(({ error }) => error !== undefined && error.code !== 'WORKER_FAILED');
      if (others !== undefined) throw new Error(`${others.name}: ${others.error?.message}`);
      result.givenUp += job.failed;
      await (await ask()).retry(id);
    }
    const jobs = await ask();
    result.jobs++;
    result.total += files.length;
    result.done += (await jobs.get(id)).done;
    result.isSame &&= (await text(await jobs.result(id, { format: 'json' }))) === expected;
  }
  return { ...result, tookS: Math.round((performance.now() - start) / 1000) };
}

/** @param {{ total: number, done: number, isSame: boolean }} outcome */
export function isWhole({ total, done, isSame }) {
  return done === total && isSame;
}
