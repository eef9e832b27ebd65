// Workers on a PostgreSQL server are killed while they work, and the server too.
// @ts-check
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openJobs } from '@mien/server';
import { startPostgres } from '../../../packages/server/src/testing/start-postgres.js';
import { killAll, killProcess, startProcess } from './processes.js';
import { runJobs } from './run-jobs.js';

/**
 * @param {string} folder @param {import('./footage.js').Footage} footage
 * @param {{ workers: number, kills: number, databaseKills: number, envs?: readonly Record<string, string>[] }} options
 *   envs: environments that workers take turns with
 */
export async function killWorkers(folder, footage, { workers, kills, databaseKills, envs = [{}] }) {
  const postgres = await startPostgres();
  const place = /** @type {const} */ ({
    kind: 'server',
    url: postgres.url,
    storeFolder: join(folder, 'store'),
  });
  let problems = 0;
  let started = 0;
  /** @type {import('./processes.js').Child[]} */
  let team = [];
  const start = async () => {
    team.push(await startProcess('worker', place, envs[started++ % envs.length]));
  };
  try {
    const { jobs, close } = await openJobs({ at: place, concurrency: 0, onProblem: () => problems++ });
    await Promise.all(Array.from({ length: workers }, start));
    let [killed, restarted] = [0, 0];
    const outcome = await runJobs(
      () => Promise.resolve(jobs),
      footage,
      async () => {
        await sleep(200 + Math.random() * 1500);
        if (killed === kills) return false;
        const victim = team[Math.floor(Math.random() * team.length)];
        await killProcess(victim);
        team = team.filter((child) => child !== victim);
        killed++;
        await start();
        if (restarted < databaseKills && killed >= ((restarted + 1) * kills) / (databaseKills + 1)) {
          postgres.restart();
          restarted++;
        }
        return killed < kills;
      },
    );
    // Those that were not killed go on through every restart of the database.
    const survivors = team.filter((child) => child.exitCode === null).length;
    await close(0);
    return { workers, killed, restarted, survivors, ...outcome, problems };
  } finally {
    await killAll();
    postgres.stop();
  }
}
