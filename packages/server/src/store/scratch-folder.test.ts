import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createScratchFolder } from './scratch-folder.js';

const root = join(tmpdir(), `mien-scratch-test-${process.pid}`);

beforeEach(() => vi.stubEnv('TMPDIR', root));
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

test('is one folder, made when it is needed and removed with what is in it', async () => {
  await mkdir(root);
  const folder = createScratchFolder('mien-x-');
  const [one, other] = await Promise.all([folder.path(), folder.path()]);
  expect(one).toBe(other);
  expect(existsSync(one)).toBe(true);
  await folder.remove();
  expect(existsSync(one)).toBe(false);
});

test('that could not be made is tried again', async () => {
  const folder = createScratchFolder('mien-x-');
  await expect(folder.path()).rejects.toThrow(/ENOENT/);
  await mkdir(root);
  expect(existsSync(await folder.path())).toBe(true);
});

test('that was never made has nothing to remove', async () => {
  await createScratchFolder('mien-x-').remove();
  expect(existsSync(root)).toBe(false);
});
