/** The built service ends whole, also when a part of it cannot. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { startService } from '@mien/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readLockHolder } from '../database/folder-lock.js';
import { openService } from '../testing/open-service.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'mien-close-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const servers = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap');

it('closes the database and gives its folder free, though a worker cannot end', async () => {
  const createAnalyst = () => ({ close: () => Promise.reject(new Error('stuck')) });
  const { service, folder: data } = await openService({ threads: 0, ...{ createAnalyst } });
  await expect(service.close(0)).rejects.toThrow('stuck');
  await expect(service.jobs.list()).rejects.toThrow('closed');
  expect(await readLockHolder(data)).toBeUndefined();
  expect(servers()).toEqual([]);
  await rm(data, { recursive: true });
});

it('does not listen any more when it cannot say where', async () => {
  const starting = startService({ place: { kind: 'folder', folder }, port: 0, threads: 0, concurrency: 0 });
  const failed = expect(starting).rejects.toThrow('EISDIR');
  // Its lock is taken first and written again last, when the database is open.
  while ((await readLockHolder(folder)) === undefined) await setImmediate();
  await rm(join(folder, 'lock.json'));
  await mkdir(join(folder, 'lock.json'));
  await failed;
  expect(servers()).toEqual([]);
});
