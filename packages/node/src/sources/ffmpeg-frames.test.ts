import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

it.skipIf(!HAS_FFMPEG)('keeps few chunks of piped bytes in memory (skipped without ffmpeg)', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const [side, count] = [64, 1000];
  let kept = NaN;
  const stdin = (async function* () {
    const given: WeakRef<Uint8Array>[] = [];
    for (let index = 0; index < count; index++) {
      const chunk = new Uint8Array(side * side * 3);
      given.push(new WeakRef(chunk));
      yield chunk;
    }
    await turn(); // A WeakRef keeps its target until the end of the turn.
    collectGarbage();
    kept = given.filter((chunk) => chunk.deref() !== undefined).length;
  })();
  const size = `${side}x${side}`;
  const args = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', size, '-i', 'pipe:0'];
  let frames = 0;
  const input = { source: 'raw', args, stdin, advice: 'check it' };
  for await (const { frame } of readFfmpegFrames(await requireFfmpeg('a test'), input, {})) {
    expect(frame.width).toBe(side);
    frames++;
  }
  expect(frames).toBe(count);
  expect(kept).toBeLessThan(count / 4);
});

it.skipIf(!HAS_FFMPEG)(
  'reports bytes that break off, after the frames before (skipped without ffmpeg)',
  async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const stdin = (async function* () {
      for (let index = 0; index < 4; index++) yield new Uint8Array(16 * 16 * 3);
      await turn();
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    })();
    const args = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-video_size', '16x16', '-i', 'pipe:0'];
    let frames = 0;
    const read = async () => {
      const input = { source: 'raw', args, stdin, advice: 'check it' };
      for await (const { frame } of readFfmpegFrames(await requireFfmpeg('a test'), input, {})) {
        frames += frame.channels / 3;
        await pause(10);
      }
    };
    try {
      await expect(read()).rejects.toMatchObject({
        code: 'INPUT_UNREADABLE',
        message: 'raw: cannot be read (EIO: i/o error, read)',
      });
    } finally {
      process.off('unhandledRejection', note);
    }
    expect({ frames, unhandled }).toEqual({ frames: 4, unhandled: [] });
  },
);

it('starts nothing when its signal was aborted before, and closes its input', async () => {
  let isClosed = false;
  const stdin = {
    async *[Symbol.asyncIterator]() {
      yield await Promise.reject<Uint8Array>(new Error('was asked for bytes'));
    },
    close: () => {
      isClosed = true;
    },
  };
  const input = { source: 'pipe', args: ['-i', 'pipe:0'], stdin, advice: 'check it' };
  const frames = readFfmpegFrames({ version: Infinity }, input, { signal: AbortSignal.abort() });
  expect(await frames.next()).toEqual({ done: true, value: undefined });
  expect(isClosed).toBe(true);
});

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
