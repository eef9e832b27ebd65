/** Disks that fail between analysing and reading what came of it. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HAS_FFMPEG, makePortraitVideo } from '../../../node/src/testing/make-video.js';
import { DEFAULT_ANALYSIS } from '../service/default-analysis.js';
import { createSegmentAnalyst, type SegmentAnalyst } from './segment-analyst.js';

describe.runIf(HAS_FFMPEG)('what was written and cannot be read', () => {
  let folder: string;
  let path: string;
  let analyst: SegmentAnalyst;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-analyst-'));
    path = join(folder, 'talk.mp4');
    await makePortraitVideo(path, 1);
    vi.stubEnv('TMPDIR', folder);
    analyst = createSegmentAnalyst(DEFAULT_ANALYSIS);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await analyst.close();
    await rm(folder, { recursive: true, force: true });
  });

  const { signal } = new AbortController();
  /** Puts a folder in the place of the file that is being written. */
  const spoil = (file: string) => () => {
    for (const name of readdirSync(folder).filter((one) => one.startsWith('mien-segment-'))) {
      rmSync(join(folder, name, file), { recursive: true, force: true });
      mkdirSync(join(folder, name, file));
    }
  };

  it('fails the segment, not the process: a journal', async () => {
    const analysis = analyst.analyze({ name: 'talk.mp4', path, settings: {} }, signal, spoil('journal'));
    await expect(analysis).rejects.toThrow('EISDIR');
  });

  it('fails the segment, not the process: the readings of a chunk', async () => {
    const chunk = { startCell: 0, isFirst: true, leadMs: 0 };
    const input = { name: 'talk.mp4', path, settings: {}, chunk };
    await expect(analyst.readChunk(input, signal, spoil('readings'))).rejects.toThrow('EISDIR');
  });
});
