import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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

/** A second process that makes keys as soon as the test tells it to start. */
const MAKE_KEYS = `
  import { openKeyFile } from '@mien/server';
  const [path, name] = process.argv.slice(1);
  console.log('ready');
  for await (const _ of process.stdin) break;
  for (let index = 0; index < 20; index++) await openKeyFile(path).create({ name: name + index, scopes: ['jobs'] });
  process.exit(0);`;

it('loses no key when two processes create some at the same time', async () => {
  const makers = ['a', 'b'].map((name) => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', MAKE_KEYS, path, name], {
      cwd: import.meta.dirname,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return { child, isReady: once(child.stdout, 'data'), exited: once(child, 'exit') };
  });
  await Promise.all(makers.map(({ isReady }) => isReady));
  for (const { child } of makers) child.stdin.end('go');
  for (const { exited } of makers) expect(await exited).toEqual([0, null]);
  const names = (await openKeyFile(path).list()).map(({ name }) => name);
  const made = ['a', 'b'].flatMap((name) => Array.from({ length: 20 }, (_, index) => `${name}${index}`));
  expect(names.toSorted()).toEqual(made.toSorted());
  expect(await readdir(folder)).toEqual(['keys.json']);
}, 120_000);

it('takes over what a process left that was killed while it wrote', async () => {
  const child = spawn(process.execPath, ['--eval', '']);
  await once(child, 'exit');
  await writeFile(`${path}.lock`, JSON.stringify({ pid: child.pid, startedAt: new Date().toISOString() }));
  const { stored } = await openKeyFile(path).create({ name: 'lab', scopes: ['jobs'] });
  expect(await openKeyFile(path).revoke(stored.id)).toBe(true);
  expect(await readdir(folder)).toEqual(['keys.json']);
});
