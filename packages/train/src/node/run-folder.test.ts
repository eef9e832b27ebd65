import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withRunFolder } from './run-folder.js';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'mien-run-'))));
afterEach(() => rm(folder, { recursive: true }));

it('lets one run into a folder at a time', async () => {
  const run = join(folder, 'run');
  await withRunFolder(run, async () => {
    await expect(withRunFolder(run, () => Promise.resolve())).rejects.toMatchObject({
      code: 'USAGE',
      message: `${run}: process ${process.pid} is training into it; wait until it ends, or choose another --out`,
    });
    await writeFile(join(run, 'log.csv'), '');
  });
  expect(await readdir(run)).toEqual(['log.csv']);
  expect(await withRunFolder(run, () => Promise.resolve('next'))).toBe('next');
});

it('takes the folder of a run that was killed', async () => {
  const child = spawn(process.execPath, ['--eval', '0']);
  await once(child, 'exit');
  await writeFile(join(folder, '.mien-train.lock'), JSON.stringify({ pid: child.pid }));
  expect(await withRunFolder(folder, () => Promise.resolve('resumed'))).toBe('resumed');
  expect(await readdir(folder)).toEqual([]);
});

it('leaves no folder behind where nothing was written', async () => {
  await mkdir(join(folder, 'there'));
  for (const name of ['new/a/b', 'there']) await withRunFolder(join(folder, name), () => Promise.resolve());
  expect(await readdir(folder)).toEqual(['there']);
});

it('says why a folder cannot be created', async () => {
  await writeFile(join(folder, 'file'), '');
  const path = join(folder, 'file/run');
  await expect(withRunFolder(path, () => Promise.resolve())).rejects.toMatchObject({
    code: 'OUTPUT_FAILED',
    message: `${path}: the folder cannot be created (its folder is a file); choose another one`,
  });
});
