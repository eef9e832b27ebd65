import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFolder, readLockHolder } from './folder-lock.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'mien-lock-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

it('lets one process in, says where it can be asked, and leaves nothing behind', async () => {
  const lock = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`);
  await lock.announce('http://127.0.0.1:4/', 'secret');
  expect(await readLockHolder(folder)).toMatchObject({
    pid: process.pid,
    address: 'http://127.0.0.1:4/',
    key: 'secret',
  });
  expect((await stat(join(folder, 'lock.json'))).mode & 0o077).toBe(0);
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

it('takes the lock of a process that is gone, once', async () => {
  const child = spawn(process.execPath, ['--eval', '0']);
  await once(child, 'exit');
  const stale = JSON.stringify({ pid: child.pid, startedAt: '2026-01-01T00:00:00.000Z' });
  await writeFile(join(folder, 'lock.json'), stale);
  expect(await readLockHolder(folder)).toBeUndefined();
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)));
  expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['lock.json']);
});

it.skipIf(process.platform !== 'linux')(
  'knows another process of the same id, as in a container',
  async () => {
    const lock = await lockFolder(folder);
    const mine = JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8')) as object;
    await writeFile(join(folder, 'lock.json'), JSON.stringify({ ...mine, processStart: '1' }));
    expect(await readLockHolder(folder)).toBeUndefined();
    await lock.release();
  },
);
