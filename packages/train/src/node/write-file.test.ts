import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeFileWhole } from './write-file.js';

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
    await expect(writeFileWhole(path, 'x')).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringContaining(`${path}: cannot be written (${reason}); `) as string,
    });
  }
  expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.partial'));
});
