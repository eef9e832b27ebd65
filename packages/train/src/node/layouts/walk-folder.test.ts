import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { walkFolder } from './walk-folder.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mien-walk-'));
});
afterEach(() => rm(root, { recursive: true }));
async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), '');
  }
}
const found = async (path = root): Promise<string[]> =>
  (await walkFolder(path)).files.map(({ parts }) => parts.join('/'));

describe('walkFolder', () => {
  it('finds files at any depth in a fixed order, and every folder', async () => {
    await put('b/x.png', 'a/b/c/y.jpg', 'a.txt');
    await mkdir(join(root, 'empty'));
    expect(await found()).toEqual(['a/b/c/y.jpg', 'a.txt', 'b/x.png']);
    const { folders } = await walkFolder(root);
    expect(folders.map((parts) => parts.join('/'))).toEqual(['a', 'a/b', 'a/b/c', 'b', 'empty']);
  });

  it('skips hidden files and __MACOSX', async () => {
    await put('.DS_Store', 'a/._x.png', '__MACOSX/a/x.png', 'a/x.png');
    expect(await found()).toEqual(['a/x.png']);
  });

  it('follows links to files and folders, but no cycles', async () => {
    await put('real/x.png', 'linked/y.png');
    await symlink('../real', join(root, 'linked', 'more'));
    await symlink('..', join(root, 'linked', 'up'));
    await symlink('.', join(root, 'linked', 'self'));
    await symlink('/', join(root, 'linked', 'everything'));
    await symlink('x.png', join(root, 'real', 'z.png'));
    expect(await found()).toEqual(['linked/more/x.png', 'linked/more/z.png', 'linked/y.png', 'real/x.png', 'real/z.png']); // prettier-ignore
  });

  it('ends when two folders link to each other', async () => {
    await put('a/x.png', 'b/y.png');
    await symlink('../b', join(root, 'a', 'b'));
    await symlink('../a', join(root, 'b', 'a'));
    expect(await found()).toEqual(['a/b/y.png', 'a/x.png', 'b/a/x.png', 'b/y.png']);
  });

  it('lists broken links as files', async () => {
    await symlink('none', join(root, 'broken.png'));
    await symlink('loop.png', join(root, 'loop.png'));
    expect(await found()).toEqual(['broken.png', 'loop.png']);
  });

  it('rejects folders that are too deep, files and missing folders', async () => {
    await put(`${'d/'.repeat(17)}x.png`, 'file');
    await expect(found()).rejects.toMatchObject({ code: 'INPUT_TOO_LARGE' });
    await expect(found(join(root, 'file'))).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    await expect(found(join(root, 'none'))).rejects.toThrow(
      /none: no such file; give the folder of a collection/,
    );
  });
});
