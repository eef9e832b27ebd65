import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { locateModel } from '../models/resolve-model.js';
import { openSource } from '../sources/open-source.js';
import { readFileBytes } from './read-file.js';

it.skipIf(process.platform === 'win32')('refuses a named pipe, which may never give anything', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mien-pipe-'));
  const pipe = join(folder, 'a.fifo');
  execFileSync('mkfifo', [pipe]);
  const message = `${pipe}: is a pipe, not a file; name a file`;
  await expect(readFileBytes(pipe, 9)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE', message });
  await expect(locateModel(pipe)).rejects.toMatchObject({ message });
  await expect(openSource(pipe)).rejects.toMatchObject({ message: `${message}, or - for standard input` });
  await rm(folder, { recursive: true });
});
