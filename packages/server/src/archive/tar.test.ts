import { execFileSync } from 'node:child_process';
import {
  appendFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { packTar } from 'modern-tar';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { extractTar } from './extract-tar.js';
import { writeTar } from './write-tar.js';

const BLOCK = 512;
/** More than is read ahead: what happens to the file meanwhile is seen. */
const LARGE = 24 * 2 ** 20;

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
  const changing = join(source, 'changing');
  await writeFile(changing, Buffer.alloc(LARGE, 'x'));
  const isItsHeader = (part: Uint8Array) => Buffer.from(part.subarray(0, 8)).toString() === 'changing';
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(source)) {
    if (isItsHeader(part)) await appendFile(changing, 'z'.repeat(999));
    parts.push(part);
  }
  await extractTar(Buffer.concat(parts), join(folder, 'own'));
  const { changing: extracted = '', ...others } = await readTree(join(folder, 'own'));
  expect(extracted === 'x'.repeat(LARGE)).toBe(true);
  expect(others).toMatchObject(CONTENTS);
  const shrink = async () => {
    for await (const part of writeTar(source)) if (isItsHeader(part)) await truncate(changing, 3);
  };
  await expect(shrink()).rejects.toThrow('changing: became shorter while it was read; try again');
});

it('leaves out links and pipes, and keeps paths of more than 100 bytes', async () => {
  const long = `${'a folder of its own '.repeat(6)}/é${'-'.repeat(150)}.json`;
  await mkdir(join(source, dirname(long)));
  await writeFile(join(source, long), 'long');
  await symlink('/etc/passwd', join(source, 'link'));
  execFileSync('mkfifo', [join(source, 'pipe')]);
  const archive = await buffer(writeTar(source));
  await mkdir(join(folder, 'other'));
  execFileSync('tar', ['-xf', '-', '-C', join(folder, 'other')], { input: archive });
  await extractTar(archive, join(folder, 'own'));
  for (const name of ['other', 'own']) {
    const tree = await readTree(join(folder, name));
    expect(tree).toMatchObject({ ...CONTENTS, [long]: 'long' });
    expect(Object.keys(tree)).not.toContain('link');
    expect(Object.keys(tree)).not.toContain('pipe');
  }
});

it('refuses a cut archive at every block', async () => {
  const archive = await buffer(writeTar(source));
  const end = archive.length - 2 * BLOCK;
  for (let cut = 0; cut <= end; cut += BLOCK / 2) {
    await expect(extractTar(archive.subarray(0, cut), join(folder, 'cut')), String(cut)).rejects.toThrow(
      'archive: ',
    );
  }
});

/** An archive of one entry whose header was changed, with the sum that belongs to it. */
async function changeHeader(change: (header: Buffer) => void): Promise<Buffer> {
  const archive = Buffer.from(await packTar([{ header: { name: 'a', size: 4 }, body: 'evil' }]));
  const header = archive.subarray(0, BLOCK);
  change(header);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return archive;
}

it.each([
  ...['../evil', '/tmp/evil', 'a/../../evil', '', 'a\\..\\..\\evil'].map(
    (path) =>
      [
        `the path "${path}"`,
        (header: Buffer) => void header.fill(0, 0, 100).write(path, 0),
        'leads elsewhere',
      ] as const,
  ),
  ...['1', '2', '3', '4', '6'].map(
    (kind) =>
      [
        `an entry of kind ${kind}`,
        (header: Buffer) => void header.write(kind, 156),
        'neither file nor folder',
      ] as const,
  ),
  ['a size that is no number', (header) => void header.write('-1', 124), 'cannot be read'],
  ['a size beyond the archive', (header) => void header.write('77777777777', 124), 'cannot be read'],
  ['a size beyond all numbers', (header) => void header.fill(0xff, 124, 136), 'cannot be read'],
] satisfies readonly (readonly [string, (header: Buffer) => void, string])[])(
  'refuses %s',
  async (_, change, message) => {
    const evil = await changeHeader(change);
    await expect(extractTar(evil, join(folder, 'inner', 'evil'))).rejects.toThrow(message);
    expect(Object.values(await readTree(folder)).filter((content) => content === 'evil')).toEqual([]);
  },
);

it('refuses a path that leads elsewhere in an extended header', async () => {
  const evil = await packTar([{ header: { name: 'a', size: 4, pax: { path: '../evil' } }, body: 'evil' }]);
  await expect(extractTar(evil, join(folder, 'inner'))).rejects.toThrow('leads elsewhere');
});

it('refuses a header that was damaged', async () => {
  const archive = await buffer(writeTar(source));
  archive[3] = (archive[3] ?? 0) ^ 1;
  await expect(extractTar(archive, join(folder, 'damaged'))).rejects.toThrow('archive: cannot be read');
});
