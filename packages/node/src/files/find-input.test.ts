import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findInput } from './find-input.js';

let folder: string;
const at = (path: string): string => join(folder, path);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-input-'));
  await mkdir(at('faces/happy'), { recursive: true });
  for (const name of ['data.csv', 'faces/happy/1.png', 'faces/report.html']) await writeFile(at(name), '');
  await symlink('data.csv', at('link.csv'));
});
afterAll(() => rm(folder, { recursive: true }));

it('finds the input that a file would replace', async () => {
  const inputs = [undefined, at('data.csv'), at('faces')];
  expect(await findInput(at('data.csv'), inputs)).toBe(at('data.csv'));
  expect(await findInput(at('faces/../link.csv'), inputs)).toBe(at('data.csv'));
  expect(await findInput(at('faces/happy/1.png'), inputs)).toBe(at('faces'));
});

it('lets new files and earlier reports be written, also into a folder that is read', async () => {
  for (const name of ['new.csv', 'faces/new.png', 'faces/report.html', 'none/new.csv']) {
    expect(await findInput(at(name), [at('data.csv'), at('faces')])).toBeUndefined();
  }
});
