import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

it('names the file that cannot be written, and leaves nothing beside it', async () => {
  const path = join(folder, 'taken');
  await mkdir(join(path, 'inside'), { recursive: true });
  await expect(writeFileWhole(path, 'x')).rejects.toMatchObject({
    code: 'OUTPUT_FAILED',
    message: expect.stringContaining(`${path}: cannot be written (`) as string,
  });
  expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('.partial'));
});
