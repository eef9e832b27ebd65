import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findSources } from './find-sources.js';
import { openSource } from './open-source.js';

// Other systems do not allow such names.
it.skipIf(process.platform !== 'linux')('names what to rename where a name is not UTF-8', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mien-names-'));
  const nameOf = (text: string): Buffer => Buffer.from(join(folder, text), 'latin1');
  await writeFile(nameOf('bad\xff\xfe.png'), '');
  await mkdir(nameOf('dir\xff'));
  await writeFile(join(folder, 'a.png'), '');
  await symlink('a.png', join(folder, 'b.png'));
  const { sources, notes } = await findSources([folder]);
  expect(sources.map(({ source }) => source)).toEqual(
    ['a.png', 'bad\uFFFD\uFFFD.png'].map((name) => join(folder, name)),
  );
  expect(notes).toEqual([
    `${folder}: left out dir\uFFFD (folders whose names are not UTF-8: rename them); b.png (links to files that are read anyway)`,
  ]);
  await expect(openSource(sources[1]!.source)).rejects.toThrow(
    'bad\uFFFD\uFFFD.png: its name is not UTF-8, so that it cannot be opened; rename it',
  );
  await rm(folder, { recursive: true });
});
