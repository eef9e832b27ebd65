import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refuseNamedPipe } from './named-pipe.js';
import { readCheckpoint } from './read-checkpoint.js';
import { readFer2013 } from './read-fer2013.js';
import { readTextFile } from './unreadable.js';

describe.skipIf(process.platform === 'win32')('a named pipe', () => {
  let folder: string;
  let pipe: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-pipe-'));
    pipe = join(folder, 'data.csv');
    execFileSync('mkfifo', [pipe]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is refused, instead of waiting for what may never come', async () => {
    const error = { code: 'INPUT_UNREADABLE', message: `${pipe}: is a pipe, not a file; name a file` };
    await expect(readFer2013(pipe)).rejects.toMatchObject(error);
    await expect(readTextFile(pipe, 9, '')).rejects.toMatchObject(error);
    await expect(readCheckpoint(pipe)).rejects.toMatchObject(error);
  });

  it.skipIf(process.platform !== 'linux')('is read as the open file of a shell', async () => {
    const opened = await open(pipe, 'r+');
    await expect(refuseNamedPipe(`/dev/fd/${opened.fd}`)).resolves.toBeUndefined();
    await opened.close();
  });
});
