import { execFileSync } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { extractTar } from './extract-tar.js';
import { BLOCK, writeTar } from './write-tar.js';

const CONTENTS: Readonly<Record<string, string>> = {
  'base/1/1259_fsm': 'x'.repeat(BLOCK),
  'base/1/empty': '',
  'files/é.json': '{"a":1}',
  'a long name of more than sixty characters, so that it nearly fills it.txt': 'y'.repeat(BLOCK + 1),
};

let folder: string;
let source: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mien-tar-'));
  source = join(folder, 'source');
  await mkdir(join(source, 'base/1'), { recursive: true });
  await mkdir(join(source, 'files'));
  await mkdir(join(source, 'pg_notify'));
  for (const [name, text] of Object.entries(CONTENTS)) await writeFile(join(source, name), text);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function readTree(path: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const whole = join(entry.parentPath, entry.name);
    tree[whole.slice(path.length + 1)] = entry.isFile() ? await readFile(whole, 'utf8') : 'folder';
  }
  return tree;
}

it('writes what tar reads, and reads it itself', async () => {
  const archive = await buffer(writeTar(source));
  const expected = { ...CONTENTS, base: 'folder', 'base/1': 'folder', files: 'folder', pg_notify: 'folder' };
  await extractTar(archive, join(folder, 'own'));
  expect(await readTree(join(folder, 'own'))).toEqual(expected);
  await mkdir(join(folder, 'other'));
  execFileSync('tar', ['-xf', '-', '-C', join(folder, 'other')], { input: archive });
  expect(await readTree(join(folder, 'other'))).toEqual(expected);
});

it('leaves out what is appended while it reads, and refuses a file that becomes shorter', async () => {
  const growing = join(source, 'base/1/1259_fsm');
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(source)) {
    if (Buffer.from(part).toString('utf8', 0, 15) === 'base/1/1259_fsm')
      await appendFile(growing, 'z'.repeat(999));
    parts.push(part);
  }
  await extractTar(Buffer.concat(parts), join(folder, 'own'));
  expect(await readTree(join(folder, 'own'))).toMatchObject(CONTENTS);
  const shrinking = async () => {
    for await (const part of writeTar(source)) {
      if (Buffer.from(part).toString('utf8', 0, 15) === 'base/1/1259_fsm') await truncate(growing, 3);
    }
  };
  await expect(shrinking()).rejects.toThrow('became shorter');
});

it('refuses a cut archive at every block, paths that lead elsewhere, and links', async () => {
  const archive = await buffer(writeTar(source));
  const end = archive.length - 2 * BLOCK;
  for (let cut = 0; cut <= end; cut += BLOCK / 2) {
    await expect(extractTar(archive.subarray(0, cut), join(folder, 'cut')), String(cut)).rejects.toThrow(
      'archive: ',
    );
  }
  for (const path of ['../evil', '/tmp/evil', 'a/../../evil', '']) {
    const changed = Buffer.from(archive);
    changed.fill(0, 0, 100).write(path, 0);
    await expect(extractTar(changed, join(folder, 'evil'))).rejects.toThrow('leads elsewhere');
  }
  const link = Buffer.from(archive);
  link[156] = '2'.charCodeAt(0);
  await expect(extractTar(link, join(folder, 'evil'))).rejects.toThrow('neither file nor folder');
});
