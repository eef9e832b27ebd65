import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkWritable, writeFileWhole } from './write-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-write-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('replaces a file whole', async () => {
  const path = join(folder, 'a.txt');
  await writeFileWhole(path, 'one');
  await writeFileWhole(path, Uint8Array.of(50));
  expect(await readFile(path, 'utf8')).toBe('2');
  expect(await readdir(folder)).toEqual(['a.txt']);
});

it('makes the folder', async () => {
  const path = join(folder, 'new/and/newer/a.txt');
  await writeFileWhole(path, 'one');
  expect(await readFile(path, 'utf8')).toBe('one');
});

it('says why a file cannot be written, and leaves nothing beside it', async () => {
  const taken = join(folder, 'taken');
  await mkdir(join(taken, 'inside'), { recursive: true });
  await writeFile(join(folder, 'file'), '');
  const reasons = [
    [taken, 'it is a folder'],
    [join(folder, 'file/a.txt'), 'its folder is a file'],
    [join(folder, 'file/in/a.txt'), 'its folder is a file'],
  ] as const;
  for (const [path, reason] of reasons) {
    const error = {
      code: 'OUTPUT_FAILED',
      message: expect.stringContaining(`${path}: cannot be written (${reason}); `) as string,
    };
    await expect(checkWritable(path)).rejects.toMatchObject(error);
    await expect(writeFileWhole(path, 'x')).rejects.toMatchObject(error);
  }
  expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.partial'));
});

it('checks a place without creating anything', async () => {
  const before = await readdir(folder);
  await checkWritable(join(folder, 'none/of/these/a.txt'));
  await checkWritable(join(folder, 'b.txt'));
  expect(await readdir(folder)).toEqual(before);
});

it.skipIf(process.platform === 'win32')('follows links, also to a file that is not there yet', async () => {
  const links = join(folder, 'links');
  await mkdir(join(links, 'real'), { recursive: true });
  await writeFile(join(links, 'real/old.txt'), 'old');
  await symlink('real/old.txt', join(links, 'old.txt'));
  await symlink('real/new.txt', join(links, 'new.txt'));
  for (const name of ['old.txt', 'new.txt']) {
    await writeFileWhole(join(links, name), 'one');
    expect(await readFile(join(links, 'real', name), 'utf8')).toBe('one');
    expect((await lstat(join(links, name))).isSymbolicLink()).toBe(true);
  }
  expect(await readdir(join(links, 'real'))).toEqual(['new.txt', 'old.txt']);
});

it.skipIf(process.platform === 'win32')('writes into a pipe, which stays one', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = await open(path, 'r+'); // opened for reading alone, it would wait for a writer
  await checkWritable(path);
  await writeFileWhole(path, 'one');
  expect((await lstat(path)).isFIFO()).toBe(true);
  expect((await reader.read(Buffer.alloc(9))).buffer.toString('utf8', 0, 3)).toBe('one');
  await reader.close();
});
