/**
 * Reads the frames of anything that ffmpeg decodes, with their exact presentation times.
 *
 *   stdout   the pixels of all frames, RGB, without separators
 *   stderr   one line per frame, of the filter `showinfo`: its time in units of the stream's time base, and its size
 *            before the reduction (see frame-filters.ts)
 *
 * Both have the same order, so line n belongs to frame n. The time is a whole number of units, so nothing is rounded, even
 * with a variable frame rate. The size is that of the upright frame, because ffmpeg applies the rotation of phone videos.
 * Frames are read on demand; in between, ffmpeg waits for its full pipe. So memory holds one frame, however long the
 * recording is.
 */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { MAX_FRAME_SIDE, MienError } from '@mien/core';
import { MAX_PIXELS } from '../pictures/decode-picture.js';
import { keepTimes, startFfmpeg, type Ffmpeg, type RunningFfmpeg } from './ffmpeg.js';
import { FRAME_FILTERS, toReduction } from './frame-filters.js';
import { toFilters } from './sampling.js';
import type { Sampling, TimedFrame } from './source.js';

export interface FfmpegInput {
  /** Name in messages. */
  readonly source: string;
  /** Arguments of the input: formats, `-i`, the address. */
  readonly args: readonly string[];
  /** Bytes for its standard input, if it reads from there. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** The time of the input that becomes 0; default: its first time. */
  readonly originMs?: number;
  /** End of the recording by its header: frames that end long before show that it is cut short. */
  readonly expectedEndMs?: number | undefined;
  /** A stream without a stated end should not end by itself: that is an error. */
  readonly isStream?: boolean;
  /** Advice in messages. */
  readonly advice: string;
}

interface FrameInfo {
  readonly timestampMs: number;
  readonly width: number;
  readonly height: number;
}

const CHANNELS = 3;
/** Frames may end this long before the stated end, because of the last frame's duration, or sound that continues. */
const END_TOLERANCE_MS = 1000;

/** @throws MienError while reading: `INPUT_INVALID` for damage, `INPUT_TOO_LARGE`, `INPUT_UNREADABLE` if it broke off */
export async function* readFfmpegFrames(
  ffmpeg: Ffmpeg,
  input: FfmpegInput,
  sampling: Sampling,
): AsyncGenerator<TimedFrame, void, void> {
  const { source, args, originMs, stdin } = input;
  const { signal } = sampling;
  // Original times, relative to the start of the recording. (By default, ffmpeg starts some files at their first frame.)
  const shift = originMs === undefined ? [] : [`setpts=PTS-round(${originMs / 1000}/TB)`];
  const times = ['-copyts', ...(originMs === undefined ? ['-start_at_zero'] : [])];
  const filters = [...shift, ...toFilters(sampling), ...FRAME_FILTERS].join(',');
  // V selects video streams that are not cover pictures.
  const output = ['-map', '0:V:0', '-vf', filters, ...keepTimes(ffmpeg), '-f', 'rawvideo', 'pipe:1'];
  const running = startFfmpeg([...(stdin === undefined ? ['-nostdin'] : []), ...times, ...args, ...output]);
  const stop = () => {
    running.stop();
  };
  signal?.addEventListener('abort', stop, { once: true });
  const feeding = feed(stdin, running);
  const infos = readFrameInfos(running);
  const statedEnd = readStatedEnd(running);
  const pixels = createPixelReader(running.process.stdout);
  let data = new Uint8Array(0);
  let lastMs: number | undefined;
  try {
    for (let info = await infos.next(); info !== undefined; info = await infos.next()) {
      const { timestampMs, width, height } = info;
      requirePossibleSize(source, width, height);
      const reducedBy = toReduction(width, height);
      const size = { width: Math.ceil(width / reducedBy), height: Math.ceil(height / reducedBy) };
      const sizeBytes = size.width * size.height * CHANNELS;
      if (data.length !== sizeBytes) data = new Uint8Array(sizeBytes);
      if (!(await pixels.fill(data))) break;
      // Damaged streams may jump back, or have frames without a time: skip them.
      if (!(timestampMs >= (lastMs ?? -Infinity))) continue;
      lastMs = timestampMs;
      const frame = { ...size, channels: CHANNELS, data } as const;
      const reduced = reducedBy === 1 ? {} : { reduced: { by: reducedBy, width, height } };
      yield { frame, timestampMs, ...reduced };
    }
    if (signal?.aborted !== true) {
      await requireGoodEnd(running, { expectedEndMs: statedEnd(), ...input }, sampling, lastMs);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    await running.ended;
    await feeding;
  }
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

/** The times and sizes of frames, in order; `undefined` after the last one. */
function readFrameInfos({ lines }: RunningFfmpeg): { next(): Promise<FrameInfo | undefined> } {
  const waiting: FrameInfo[] = [];
  let isClosed = false;
  let wake = (): void => undefined;
  let timeBase: readonly [numerator: number, denominator: number] = [NaN, NaN];
  lines.on('line', (line) => {
    if (!line.startsWith('[Parsed_showinfo')) return;
    const [, numerator, denominator] = /config in time_base: (\d+)\/(\d+)/.exec(line) ?? [];
    if (numerator !== undefined) timeBase = [Number(numerator), Number(denominator)];
    const [, pts, width, height] = /\] n: *\d+ pts: *(-?\d+|NOPTS) .* s:(\d+)x(\d+) /.exec(line) ?? [];
    if (pts === undefined) return;
    // One division at the end: 500 ms are 500 and not 500.00000000000006.
    const timestampMs = (Number(pts) * timeBase[0] * 1000) / timeBase[1];
    waiting.push({ timestampMs, width: Number(width), height: Number(height) });
    wake();
  });
  lines.once('close', () => {
    isClosed = true;
    wake();
  });
  return {
    async next() {
      while (waiting.length === 0 && !isClosed) await new Promise<void>((resolve) => (wake = resolve));
      return waiting.shift();
    },
  };
}

/** The end of the input by its header, once it has been opened; a live stream has none. */
function readStatedEnd({ lines }: RunningFfmpeg): () => number | undefined {
  let endMs: number | undefined;
  lines.on('line', (line) => {
    const [, hours, minutes, seconds] = /\[info\] +Duration: (\d+):(\d\d):(\d\d\.\d+)/.exec(line) ?? [];
    if (seconds === undefined || endMs !== undefined) return;
    endMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  });
  return () => endMs;
}

/** Fills buffers from a stream, and reads no further. */
function createPixelReader(stream: Readable): { fill(target: Uint8Array): Promise<boolean> } {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    async fill(target) {
      for (let at = 0; at < target.length;) {
        if (rest.length === 0) {
          // A broken stream is one that ended early; the exit of ffmpeg explains the rest.
          const { value } = await chunks.next().catch(() => ({ value: undefined }));
          if (value === undefined) return false;
          rest = value;
        }
        const part = rest.subarray(0, target.length - at);
        target.set(part, at);
        at += part.length;
        rest = rest.subarray(part.length);
      }
      return true;
    },
  };
}

/** Writes as fast as ffmpeg reads, and stops when ffmpeg has ended. */
async function feed(bytes: AsyncIterable<Uint8Array> | undefined, running: RunningFfmpeg): Promise<void> {
  const { stdin } = running.process;
  if (bytes !== undefined) {
    const over = running.ended.then(() => false);
    for await (const chunk of bytes) {
      const goesOn = stdin.write(chunk) || Promise.race([once(stdin, 'drain').then(() => true), over]);
      if (!(await goesOn)) return;
    }
  }
  stdin.end();
}

async function requireGoodEnd(
  { ended }: RunningFfmpeg,
  { source, args, expectedEndMs, advice, isStream = false }: FfmpegInput,
  { toMs = Infinity, fromMs, afterMs, everyMs = 0 }: Sampling,
  lastMs: number | undefined,
): Promise<void> {
  const { code, signal, errors } = await ended;
  const detail = errors[0] === undefined ? '' : ` (${errors[0]})`;
  const reached = lastMs === undefined ? 'before its first frame' : `after ${(lastMs / 1000).toFixed(3)} s`;
  if (signal !== null) {
    throw new MienError(
      'INPUT_UNREADABLE',
      `${source}: ffmpeg was killed (${signal}) ${reached}; run it again`,
    );
  }
  if (code !== 0) {
    throw new MienError('INPUT_UNREADABLE', `${source}: cannot be read ${reached}${detail}; ${advice}`);
  }
  const broken = findReadError(errors, args);
  if (broken !== undefined) {
    throw new MienError('INPUT_UNREADABLE', `${source}: broke off ${reached} (${broken}); ${advice}`);
  }
  if (isStream && expectedEndMs === undefined && toMs === Infinity) {
    throw new MienError(
      'INPUT_UNREADABLE',
      `${source}: ended ${reached}; if it should go on, ${advice} and start again`,
    );
  }
  const goesOnMs = Math.min(expectedEndMs ?? 0, toMs) - (lastMs ?? 0) - everyMs;
  if (errors.length > 0 && goesOnMs > END_TOLERANCE_MS) {
    throw new MienError('INPUT_INVALID', `${source}: is damaged or cut short ${reached}${detail}; ${advice}`);
  }
  const mayBeEmpty = fromMs !== undefined || afterMs !== undefined || toMs !== Infinity;
  if (lastMs === undefined && !mayBeEmpty) {
    throw new MienError('INPUT_INVALID', `${source}: holds no frames${detail}; ${advice}`);
  }
}

/** Why reading ended early. For ffmpeg this is a normal end, about which it only prints a message. */
function findReadError(errors: readonly string[], args: readonly string[]): string | undefined {
  // Up to version 6.0, the message starts with the input's name.
  const name = args[args.indexOf('-i') + 1];
  for (const marker of [`${name}: `, 'Error during demuxing: ']) {
    const found = errors.find((error) => error.startsWith(marker));
    if (found !== undefined) return found.slice(marker.length);
  }
  return undefined;
}
