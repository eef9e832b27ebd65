import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTestRandom } from '../../../core/src/testing/test-random.js';
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

it.skipIf(!HAS_FFMPEG)(
  'reports a file that ffmpeg stops reading in one error (skipped where ffmpeg is not installed)',
  async () => {
    // More than ffmpeg looks at before it gives up: the rest meets a closed pipe.
    const random = createTestRandom(1);
    const bytes = Uint8Array.from({ length: 8e6 }, () => 256 * random());
    const stdin = (async function* () {
      for (let at = 0; at < bytes.length; at += 1e6) yield bytes.subarray(at, at + 1e6);
    })();
    const input = { source: 'noise.bin', args: ['-i', 'pipe:0'], stdin, advice: 'copy it again' };
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const frames = readFfmpegFrames(await requireFfmpeg('a test'), input, {});
      await expect(frames.next()).rejects.toThrow(/^noise\.bin: .*copy it again$/);
      await pause(100);
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  },
);

const childrenOf = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
const isFfmpeg = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'ffmpeg';

it.skipIf(!HAS_FFMPEG || process.platform !== 'linux')(
  'does not blame the file when others end ffmpeg (skipped without ffmpeg and /proc)',
  async () => {
    // A frame is larger than a pipe, so ffmpeg cannot be done before the second is read.
    const args = ['-f', 'lavfi', '-i', 'testsrc=duration=60:size=640x480:rate=25'];
    const frames = readFfmpegFrames(
      await requireFfmpeg('a test'),
      { source: 'talk', args, advice: 'check it' },
      {},
    );
    const read = async () => {
      for await (const { timestampMs } of frames) {
        if (timestampMs === 0)
          for (const pid of childrenOf(process.pid).filter(isFfmpeg)) process.kill(pid, 'SIGTERM');
      }
    };
    await expect(read()).rejects.toMatchObject({
      code: 'WORKER_FAILED',
      message: expect.stringMatching(/^talk: ffmpeg was ended \(SIGTERM\); run it again$/) as string,
    });
  },
);
