/**
 * Reads the frames of anything that ffmpeg decodes, with their exact presentation times.
 *
 *   stdout   the pixels of the selected frames, RGB, without separators, each frame in its own size
 *   stderr   a line per decoded frame with its time in units of the stream's time base, and a line per selected frame with
 *            its size before the reduction (see frame-log.ts and frame-filters.ts)
 *
 * Both have the same order. The time is a whole number of units, so nothing is rounded, even with a variable frame rate. The
 * size is that of the upright frame, because ffmpeg applies the rotation of phone videos. Frames are read on demand; in
 * between, ffmpeg waits for its full pipe. So memory holds one frame, however long the recording is.
 */
import { MAX_FRAME_SIDE, MienError } from '@mien/core';
import { toReadError } from '../files/read-file.js';
import { MAX_PIXELS } from '../pictures/decode-picture.js';
import { CONTINUOUS_CLOCK_FILTER } from './continuous-clock.js';
import { feedFfmpeg, keepSizes, keepTimes, startFfmpeg, type Ffmpeg, type RunningFfmpeg } from './ffmpeg.js';
import type { FfmpegInput } from './ffmpeg-input.js';
import { DECODED_LOG, FRAME_FILTERS, toReduction } from './frame-filters.js';
import { createFrameLog } from './frame-log.js';
import { createPixelReader } from './pixel-reader.js';
import { requireGoodEnd, requireNoGaps } from './require-good-end.js';
import { createSampler, toFilters } from './sampling.js';
import type { ByteSource, Sampling, TimedFrame } from './source.js';

const CHANNELS = 3;

/** @throws MienError while reading: `INPUT_INVALID` for damage, `INPUT_TOO_LARGE`, `INPUT_UNREADABLE` if it broke off */
export async function* readFfmpegFrames(
  ffmpeg: Ffmpeg,
  input: FfmpegInput,
  sampling: Sampling,
): AsyncGenerator<TimedFrame, void, void> {
  const { source, args, originMs, stdin, idleMs, advice } = input;
  const { signal, toMs, stopMs = Infinity } = sampling;
  const isAborted = () => signal?.aborted === true;
  // A signal that was aborted before tells no listener.
  if (isAborted()) {
    stdin?.close?.();
    return;
  }
  // Original times, relative to the start of the recording. (By default, ffmpeg starts some files at their first frame.)
  const shift = originMs === undefined ? [] : [`setpts=PTS-round(${originMs / 1000}/TB)`];
  const times = ['-copyts', ...(originMs === undefined ? ['-start_at_zero'] : [])];
  // The end is not left to a filter: it would end at the first time that jumps ahead.
  const selection = toFilters({ ...sampling, toMs: undefined });
  const filters = [...shift, DECODED_LOG, CONTINUOUS_CLOCK_FILTER, ...selection, ...FRAME_FILTERS];
  // Without -map, ffmpeg takes the track that it considers best: the default one, then the largest.
  const output = ['-an', '-sn', '-dn', '-vf', filters.join(','), ...keepTimes(ffmpeg), ...keepSizes(ffmpeg)];
  const running = startFfmpeg([
    ...(stdin === undefined ? ['-nostdin'] : []),
    ...[...times, ...args, ...output, '-f', 'rawvideo', 'pipe:1'],
  ]);
  const stop = () => {
    running.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  let broken: MienError | undefined;
  const feeding = feed(stdin, running).catch((cause: unknown) => {
    broken = toReadError(source, cause);
    running.process.stdin.end(); // What came before is still read.
  });
  const log = createFrameLog(running, toMs);
  const pixels = createPixelReader(running.process.stdout);
  const isWanted = createSampler(sampling);
  let data = new Uint8Array(0);
  let lastMs: number | undefined;
  let isStopped = false;
  try {
    for (let info = await log.next(idleMs); info !== undefined; info = await log.next(idleMs)) {
      if (log.isCover) break;
      const { timestampMs, width, height } = info;
      requirePossibleSize(source, width, height);
      const reducedBy = toReduction(width, height);
      const size = { width: Math.ceil(width / reducedBy), height: Math.ceil(height / reducedBy) };
      const sizeBytes = size.width * size.height * CHANNELS;
      if (data.length !== sizeBytes) data = new Uint8Array(sizeBytes);
      if (!(await pixels.fill(data)) || isAborted()) break;
      // ffmpeg starts selecting anew when the size changes.
      if (!isWanted(timestampMs)) continue;
      lastMs = timestampMs;
      const frame = { ...size, channels: CHANNELS, data } as const;
      const reduced = reducedBy === 1 ? {} : { reduced: { by: reducedBy, width, height } };
      yield { frame, timestampMs, ...reduced };
      isStopped = timestampMs >= stopMs;
      if (isStopped) break;
    }
    if (isAborted()) return;
    if (broken !== undefined && !isStopped) throw broken;
    if (log.isCover)
      throw new MienError('INPUT_INVALID', `${source}: holds sound and no pictures; name a video`);
    if (log.isIdle) throw toIdle(source, idleMs ?? 0, lastMs, advice);
    const damage = log.damage();
    if (log.hasReachedEnd || isStopped) requireNoGaps(source, damage, advice);
    else
      requireGoodEnd(await running.ended, input, sampling, { lastMs, statedEndMs: log.statedEndMs, damage });
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    await running.ended;
    await feeding;
  }
}

function toIdle(source: string, idleMs: number, lastMs: number | undefined, advice: string): MienError {
  const reached = lastMs === undefined ? 'before its first frame' : `after ${(lastMs / 1000).toFixed(3)} s`;
  return new MienError(
    'INPUT_UNREADABLE',
    `${source}: gave nothing for ${idleMs / 1000} s ${reached} and was given up; ${advice}`,
  );
}

/** 8K is 33 megapixels; more than three times as much is rejected before anything is allocated. */
export function requirePossibleSize(source: string, width: number, height: number): void {
  if (width * height > MAX_PIXELS || Math.max(width, height) > MAX_FRAME_SIDE) {
    throw new MienError(
      'INPUT_TOO_LARGE',
      `${source}: frames of ${width}×${height} pixels, the limit is ${MAX_PIXELS / 1e6} megapixels and ${MAX_FRAME_SIDE} a side; make it smaller`,
    );
  }
}

/** Writes as fast as ffmpeg reads, and stops when ffmpeg has ended, even if the bytes never come. */
async function feed(bytes: ByteSource | undefined, running: RunningFfmpeg): Promise<void> {
  const { stdin } = running.process;
  if (bytes !== undefined) {
    // Promise.race with `ended` would keep every chunk until ffmpeg has ended.
    let isOver = false;
    let giveUp: () => void = () => undefined;
    void running.ended.then(() => {
      isOver = true;
      giveUp();
    });
    const chunks = bytes[Symbol.asyncIterator]();
    for (;;) {
      const next = await new Promise<IteratorResult<Uint8Array, unknown> | undefined>((resolve, reject) => {
        giveUp = () => {
          resolve(undefined);
        };
        if (isOver) giveUp();
        else chunks.next().then(resolve, reject);
      });
      if (next === undefined) {
        bytes.close?.();
        return;
      }
      if (next.done === true) break;
      await feedFfmpeg(running, next.value);
    }
  }
  stdin.end();
}
