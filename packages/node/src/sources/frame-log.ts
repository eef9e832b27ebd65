/**
 * What ffmpeg says about its frames on stderr, as events in the order of its lines.
 *
 * The filter `showinfo` runs twice (see ffmpeg-frames.ts). The first one sees every decoded frame and gives its time; the
 * second one sees the selected frames and gives their size before the reduction. A frame passes both before the next one is
 * decoded, so a line of the second belongs to the last line of the first.
 */
import type { RunningFfmpeg } from './ffmpeg.js';
import { createContinuousClock, type ContinuousClock } from './continuous-clock.js';
import { createGapFinder, type Damage } from './find-gaps.js';

export interface FrameInfo {
  readonly timestampMs: number;
  readonly width: number;
  readonly height: number;
}

export interface FrameLog {
  /**
   * The next selected frame; `undefined` after the last one, or when a decoded frame has reached `toMs`.
   *
   * @param idleMs gives up if ffmpeg says nothing for that long: `isIdle` is set
   */
  next(idleMs?: number): Promise<FrameInfo | undefined>;
  /** End of the input by its header, if that states one. */
  readonly statedEndMs: number | undefined;
  /** Whether reading stopped because a frame has reached `toMs`. */
  readonly hasReachedEnd: boolean;
  readonly isIdle: boolean;
  /** Whether the only moving picture is the cover of a sound file. */
  readonly isCover: boolean;
  /** Missing parts and damage, once all frames are read. */
  damage(): Damage | undefined;
}

/** Containers whose clock may jump: ffmpeg's demuxers with the flag AVFMT_TS_DISCONT. */
const RESTARTING = ['mpegts', 'mpeg', 'ogg', 'hls', 'live_flv', 'rtsp', 'rtp', 'sdp', 'wtv', 'mpegtsraw'];
/** Advice of ffmpeg that ends without a line break and so runs into the next line. */
const RUN_ON = /^.*\(ffmpeg-devel@ffmpeg\.org\)(?=\[showinfo@|config in )/;
const TROUBLE =
  /\[(?:error|fatal|panic)\]|\[warning\] .*(?:corrupt (?:decoded frame|input packet)|Packet corrupt)/;

export function createFrameLog({ lines }: RunningFfmpeg, toMs = Infinity): FrameLog {
  const waiting: FrameInfo[] = [];
  const gaps = createGapFinder();
  let isClosed = false;
  let wake = (): void => undefined;
  let heardAt = performance.now();
  let [numerator, denominator] = [NaN, NaN];
  let clock: ContinuousClock | undefined;
  let decodedMs = NaN;
  let mayRestart = false;
  let statedEndMs: number | undefined;
  let hasReachedEnd = false;
  let isIdle = false;
  let coverStream: string | undefined;
  let isCover = false;

  const readShown = (line: string): void => {
    const [, top, bottom] = /config in time_base: (\d+)\/(\d+)/.exec(line) ?? [];
    if (top !== undefined) {
      [numerator, denominator] = [Number(top), Number(bottom)];
      clock ??= createContinuousClock(denominator / (numerator * 1000), () => mayRestart);
      return;
    }
    const [, filter, pts, width, height] =
      /^\[showinfo@(\w+) .*?\] n: *\d+ pts: *(-?\d+|NOPTS) .* s:(\d+)x(\d+) /.exec(line) ?? [];
    if (pts === undefined || clock === undefined) return;
    if (filter === 'shown') {
      if (!hasReachedEnd)
        waiting.push({ timestampMs: decodedMs, width: Number(width), height: Number(height) });
      return;
    }
    // One division at the end: 500 ms are 500 and not 500.00000000000006.
    decodedMs = (clock.next(Number(pts)) * numerator * 1000) / denominator;
    gaps.frame(decodedMs);
    hasReachedEnd ||= decodedMs >= toMs;
  };
  const readHeader = (line: string): void => {
    const [, hours, minutes, seconds] = /^\[info\] +Duration: (\d+):(\d\d):(\d\d\.\d+)/.exec(line) ?? [];
    if (seconds !== undefined)
      statedEndMs ??= ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    const [, formats] = /^\[info\] Input #0, (\S+), from/.exec(line) ?? [];
    if (formats !== undefined) mayRestart = formats.split(',').some((format) => RESTARTING.includes(format));
    const [, cover] = /^\[info\] +Stream #(0:\d+).*: Video: .*\(attached pic\)/.exec(line) ?? [];
    coverStream ??= cover;
    const [, mapped] = /^\[info\] +Stream #(0:\d+) -> #0:0 /.exec(line) ?? [];
    isCover ||= mapped !== undefined && mapped === coverStream;
  };

  lines.on('line', (whole) => {
    heardAt = performance.now();
    const line = whole.replace(RUN_ON, '');
    if (line.startsWith('[showinfo@')) readShown(line);
    else if (TROUBLE.test(line)) gaps.trouble(line.replace(/^.*?\[(?:error|fatal|panic|warning)\] /, ''));
    else if (Number.isNaN(decodedMs)) readHeader(line);
    wake();
  });
  lines.once('close', () => {
    isClosed = true;
    wake();
  });
  return {
    async next(idleMs) {
      const isOver = () => waiting.length > 0 || isClosed || hasReachedEnd;
      heardAt = performance.now();
      while (!isOver()) {
        const leftMs = idleMs === undefined ? undefined : heardAt + idleMs - performance.now();
        if (leftMs !== undefined && leftMs <= 0) {
          isIdle = true;
          return undefined;
        }
        await new Promise<void>((resolve) => {
          const timer = leftMs === undefined ? undefined : setTimeout(resolve, leftMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return waiting.shift();
    },
    get statedEndMs() {
      return statedEndMs;
    },
    get hasReachedEnd() {
      return hasReachedEnd;
    },
    get isIdle() {
      return isIdle;
    },
    get isCover() {
      return isCover;
    },
    damage: () => gaps.damage(),
  };
}
