import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { HAS_FFMPEG } from '../testing/make-video.js';
import { readFfmpegFrames } from './ffmpeg-frames.js';
import { requireFfmpeg } from './ffmpeg.js';

it.skipIf(!HAS_FFMPEG)('gives up bytes that never come (skipped where ffmpeg is not installed)', async () => {
  let isClosed = false;
  const stdin = {
    async *[Symbol.asyncIterator]() {
      yield new Uint8Array(0);
      await pause(1e9, undefined, { ref: false });
    },
    close: () => {
      isClosed = true;
    },
  };
  const input = { source: 'idle', args: ['-i', 'pipe:0'], stdin, idleMs: 300, advice: 'check it' };
  const read = async () => {
    for await (const frame of readFfmpegFrames(await requireFfmpeg('a test'), input, {})) return frame;
    return undefined;
  };
  await expect(read()).rejects.toThrow(
    'idle: gave nothing for 0.3 s before its first frame and was given up; check it',
  );
  expect(isClosed).toBe(true);
});
