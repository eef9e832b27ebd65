import { lstat, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeOutput } from './write-output.js';

it('follows a link to a file, also to one that is not there yet', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mien-output-'));
  try {
    const link = join(folder, 'a.csv');
    await symlink('real.csv', link);
    const nothing = { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined } as const) }) }; // prettier-ignore
    for (let round = 0; round < 2; round++) {
      await writeOutput(nothing, link, 'csv', ['happy']);
      expect((await lstat(link)).isSymbolicLink()).toBe(true);
    }
    expect(await readFile(join(folder, 'real.csv'), 'utf8')).toContain('happy');
    expect((await readdir(folder)).sort()).toEqual(['a.csv', 'real.csv']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
