/** `mien analyze` in a folder of its own, with a network that was not trained. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FrameResult } from '@mien/results';
import sharp from 'sharp';
import { afterAll, beforeAll } from 'vitest';
import { makeCheckpoint } from '../../packages/node/src/testing/make-checkpoint.js';
import { runMien } from '../../packages/cli/src/testing/run-mien.js';

export const PORTRAIT = fileURLToPath(new URL('../../examples/eileen-collins.png', import.meta.url));
/** The box from native OpenCV 4.6 (scaleFactor 1.3, minNeighbors 5); see the golden values of models/haar-frontalface. */
export const PORTRAIT_BOX = { x: 176, y: 66, width: 95, height: 95 };
export const HAAR = ['--detector', 'haar'];
/** The network, in the folder. */
export const MODEL = 'untrained.safetensors';

/** For the tests of a file. The folder also holds `notes.txt`, which is no picture, and `1x1.png`. */
export function useAnalyzer() {
  let folder: string;
  /** The folder, or a path in it. */
  const inFolder = (name = '') => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-analyze-'));
    await writeFile(inFolder(MODEL), makeCheckpoint());
    await writeFile(inFolder('notes.txt'), 'no picture');
    await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toFile(inFolder('1x1.png'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Runs `mien analyze --format json` on pictures and returns its results with the rest of the outcome. */
  async function analyze(pictures: readonly string[], ...options: string[]) {
    const { stdout, ...outcome } = await runMien(
      ['analyze', ...pictures, '--model', inFolder(MODEL), '--format', 'json', ...options],
      { cwd: folder },
    );
    return { ...outcome, results: JSON.parse(stdout) as FrameResult[] };
  }
  return { inFolder, analyze };
}
