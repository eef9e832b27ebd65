// Workers whose clocks differ by minutes. Ref: libfaketime, of Debian's package of that name.
// @ts-check
import { existsSync } from 'node:fs';
import { killWorkers } from './kill-workers.js';

const LIBRARY = ['x86_64', 'aarch64']
  .map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));

/** One minute ahead, one behind, and the right time. */
const OFFSETS = ['+60s', '-60s', '+0s'];

/** @param {string} folder @param {import('./footage.js').Footage} footage @param {{ kills: number }} options */
export async function skewClocks(folder, footage, { kills }) {
  if (LIBRARY === undefined) return { skipped: 'libfaketime is not installed (apt-get install libfaketime)' };
  const envs = OFFSETS.map((FAKETIME) => ({
    FAKETIME,
    LD_PRELOAD: /** @type {string} */ (LIBRARY),
    // Timers must run as they do elsewhere.
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }));
  const outcome = await killWorkers(folder, footage, { workers: 3, kills, databaseKills: 0, envs });
  return { offsets: OFFSETS, ...outcome };
}
