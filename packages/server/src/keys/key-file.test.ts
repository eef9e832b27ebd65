import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openKeyFile } from './key-file.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-keys-'));
  path = join(folder, 'keys.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('finds a key by its whole text, and stores only its hash', async () => {
  const file = openKeyFile(path);
  expect(await file.isEmpty()).toBe(true);
  const { key, stored } = await file.create({ name: 'lab', scopes: ['jobs'] });
  expect(key).toMatch(/^mien_[0-9a-f]{12}_[\w-]{43}$/);
  expect(await file.find(key)).toEqual({ owner: stored.id, scopes: ['jobs'] });
  expect(await readFile(path, 'utf8')).not.toContain(key.slice(-43));
  const last = key.endsWith('A') ? 'B' : 'A';
  for (const wrong of [
    `${key.slice(0, -1)}${last}`,
    key.slice(0, -1),
    `${key}A`,
    '',
    'mien__',
    stored.sha256,
  ]) {
    expect(await file.find(wrong)).toBeUndefined();
  }
});

it('refuses keys that have expired or were revoked by another process', async () => {
  const file = openKeyFile(path);
  const past = await file.create({ name: 'past', scopes: ['jobs'], expiresAt: new Date(Date.now() - 1) });
  const future = await file.create({
    name: 'future',
    scopes: ['jobs'],
    expiresAt: new Date(Date.now() + 60_000),
  });
  expect(await file.find(past.key)).toBeUndefined();
  expect(await file.find(future.key)).toBeDefined();
  expect(await openKeyFile(path).revoke(future.stored.id)).toBe(true);
  expect(await file.find(future.key)).toBeUndefined();
  expect(await file.revoke('000000000000')).toBe(false);
});

it.each([
  '',
  '{}',
  '{"keys":[{"id":1}]}',
  '{"keys":[{"id":"a","name":"b","sha256":"xyz","scopes":["root"]}]}',
])('refuses a damaged file instead of letting everyone in: %s', async (text) => {
  await writeFile(path, text);
  await expect(openKeyFile(path).isEmpty()).rejects.toThrow('is no file of keys');
});
