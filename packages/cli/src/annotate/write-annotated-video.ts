/** A video of the moments that were looked at, each with its faces drawn in and shown at its own time. */
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { MienError, type Analysis, type Frame } from '@mien/core';
import { keepTimes, requireFfmpeg, startFfmpeg } from '../sources/ffmpeg.js';
import { drawOnFrame } from './draw-on-frame.js';
import { matroskaFrameHead, matroskaHead } from './matroska-frames.js';
import { loadOutlineFont } from './outline-font.js';
import { VIDEO_ENDINGS } from './plan-annotations.js';

export interface AnnotatedVideo {
  add(frame: Frame, analysis: Analysis): Promise<void>;
  /** Writes the rest; the file stands at its place afterwards. */
  end(): Promise<void>;
}

/** H.264 in 4:2:0 plays everywhere; it wants even sides, and its colours are not reduced any further than that. */
const ENCODING = [
  ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18'],
  ...[
    '-pix_fmt',
    'yuv420p',
    '-enc_time_base',
    '1/90000',
    '-video_track_timescale',
    '90000',
    '-movflags',
    '+faststart',
  ],
];

/** @throws MienError `USAGE` where the name is a picture's, `UNSUPPORTED` without ffmpeg */
export async function openAnnotatedVideo(path: string, first: Frame): Promise<AnnotatedVideo> {
  const ending = extname(path).toLowerCase();
  if (!VIDEO_ENDINGS.some((known) => known === ending)) {
    throw new MienError(
      'USAGE',
      `--annotate: ${path} would be a video; it must end in ${VIDEO_ENDINGS.join(', ')}`,
    );
  }
  const [ffmpeg, font] = await Promise.all([requireFfmpeg(path), loadOutlineFont()]);
  await mkdir(dirname(path), { recursive: true }).catch(() => undefined); // ffmpeg says what is wrong.
  const partial = `${path}.${process.pid}.partial${ending}`;
  const { process: child, ended } = startFfmpeg([
    ...['-y', '-f', 'matroska', '-i', 'pipe:0', ...keepTimes(ffmpeg), ...ENCODING, `file:${partial}`],
  ]);
  child.stdout.resume();
  const { width, height } = first;
  const write = async (bytes: Uint8Array) => {
    if (!child.stdin.write(bytes)) await Promise.race([once(child.stdin, 'drain'), ended]);
  };
  await write(matroskaHead(first));
  return {
    async add(frame, { faces, timestampMs = 0 }) {
      // A stream may change its size; the copy keeps the first.
      if (frame.width !== width || frame.height !== height) return;
      const pixels = await drawOnFrame(frame, faces, font);
      await write(matroskaFrameHead(timestampMs, pixels.length));
      await write(pixels);
    },
    async end() {
      child.stdin.end();
      const { code, errors } = await ended;
      try {
        if (code !== 0) throw new Error(errors[0] ?? 'ffmpeg was ended');
        await rename(partial, path);
      } catch (cause) {
        await rm(partial, { force: true });
        const detail = cause instanceof Error ? cause.message : String(cause);
        const advice = 'check the folder and its space';
        throw new MienError('OUTPUT_FAILED', `${path}: cannot be written (${detail}); ${advice}`, { cause });
      }
    },
  };
}
