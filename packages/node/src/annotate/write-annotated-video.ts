/**
 * Writes a video of the given frames with their faces drawn in, each at its own time.
 *
 *   first    the frames, as they come: frames → Matroska → ffmpeg → H.264
 *   then     the sound of the source, from the first frame to the last; neither stream is encoded again
 *
 * The length of the sound is only known at the end. The video begins with the first frame, so a part of a recording
 * (`--from`) begins at 0.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { MienError, type Analysis, type Frame } from '@mien/core';
import { planWrite, toWriteError } from '@mien/train/write-file';
import { loadSharp } from '../pictures/load-sharp.js';
import { feedFfmpeg, keepTimes, LOCAL_ONLY, requireFfmpeg, startFfmpeg } from '../sources/ffmpeg.js';
import type { Sound } from '../sources/source.js';
import { drawOnFrame } from './draw-on-frame.js';
import { loadOutlineFont } from './load-outline-font.js';
import { matroskaFrameHead, matroskaHead } from './matroska-frames.js';
import { VIDEO_ENDINGS } from './plan-annotations.js';

export interface AnnotatedVideo {
  /** @throws MienError `OUTPUT_FAILED` if the encoder has ended */
  add(frame: Frame, analysis: Analysis): Promise<void>;
  /** Writes the rest; afterwards the file is complete. */
  end(): Promise<void>;
}

/** H.264 in 4:2:0 plays everywhere; it needs even sides. */
const ENCODING = [
  ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '18'],
  ...['-pix_fmt', 'yuv420p', '-enc_time_base', '1/90000', '-video_track_timescale', '90000'],
];
const PLAYS_WHILE_LOADING = ['-movflags', '+faststart'];
/** Sound that the container does not support (PCM in MP4) is encoded. */
const SOUND_ENCODINGS = ['copy', 'aac'] as const;
/** The sound is read from this long before the first frame, because seeks go by video frames. */
const SEEK_MARGIN_MS = 10_000;

/** @throws MienError `USAGE` if the extension is that of a picture, `UNSUPPORTED` without ffmpeg */
export async function openAnnotatedVideo(path: string, first: Frame, sound?: Sound): Promise<AnnotatedVideo> {
  const ending = extname(path).toLowerCase();
  if (!VIDEO_ENDINGS.some((known) => known === ending)) {
    throw new MienError(
      'USAGE',
      `--annotate: ${path} would be a video; it must end in ${VIDEO_ENDINGS.join(', ')}`,
    );
  }
  const [ffmpeg, font] = await Promise.all([requireFfmpeg(path), loadOutlineFont()]);
  await mkdir(dirname(path), { recursive: true }).catch(() => undefined); // ffmpeg will report the problem.
  const { target } = await planWrite(path).catch((cause: unknown): never => {
    throw toWriteError(path, cause);
  });
  const [silent, partial] = [`${target}.silent${ending}`, `${target}.partial${ending}`];
  const encoder = startFfmpeg([
    ...['-y', '-f', 'matroska', '-i', 'pipe:0', ...keepTimes(ffmpeg), ...ENCODING],
    ...(sound === undefined ? [...PLAYS_WHILE_LOADING, `file:${partial}`] : [`file:${silent}`]),
  ]);
  const { process: child, ended } = encoder;
  child.stdout.resume();
  let outcome: Awaited<typeof ended> | undefined;
  void ended.then((end) => (outcome = end));
  const toFailure = (cause: unknown) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    const advice = 'check the folder and its space';
    return new MienError('OUTPUT_FAILED', `${path}: cannot be written (${detail}); ${advice}`, { cause });
  };
  const { width, height } = first;
  const write = (bytes: Uint8Array) => feedFfmpeg(encoder, bytes);
  await write(matroskaHead(first));
  let [firstMs, lastMs, beforeMs] = [0, 0, 0];
  let count = 0;
  return {
    async add(frame, { faces, timestampMs = 0 }) {
      if (outcome !== undefined) throw toFailure(new Error(outcome.errors[0] ?? 'ffmpeg was ended'));
      if (count++ === 0) firstMs = timestampMs;
      [beforeMs, lastMs] = [count === 1 ? timestampMs : lastMs, timestampMs];
      const pixels = await fitInto({ width, height }, frame, await drawOnFrame(frame, faces, font));
      await write(matroskaFrameHead(timestampMs, pixels.length));
      await write(pixels);
    },
    async end() {
      child.stdin.end();
      try {
        requireSuccess(await ended);
        if (sound !== undefined) {
          // The last frame is shown as long as the one before it.
          const endMs = lastMs + (lastMs - beforeMs);
          await addSound(silent, { ...sound, firstMs, endMs }, partial);
        }
        await rename(partial, target);
      } catch (cause) {
        throw toFailure(cause);
      } finally {
        await Promise.all([silent, partial].map((file) => rm(file, { force: true })));
      }
    },
  };
}

/** The size of a stream may change; the copy keeps the first size, with black bars where the shape changes. */
async function fitInto(
  { width, height }: Pick<Frame, 'width' | 'height'>,
  frame: Frame,
  pixels: Uint8Array,
): Promise<Uint8Array> {
  if (frame.width === width && frame.height === height) return pixels;
  return loadSharp()(pixels, { raw: { width: frame.width, height: frame.height, channels: 3 } })
    .resize(width, height, { fit: 'contain', background: 'black' })
    .raw()
    .toBuffer();
}

/** `-copyts` keeps the source's times, so the time of the first frame is moved to 0, where our video begins. */
async function addSound(
  silent: string,
  { path, originMs, firstMs, endMs }: Sound & { readonly firstMs: number; readonly endMs: number },
  into: string,
): Promise<void> {
  const seekMs = firstMs - SEEK_MARGIN_MS;
  const input = [
    ...(seekMs > 0 ? ['-ss', String(seekMs / 1000)] : []),
    ...['-itsoffset', String(-(originMs + firstMs) / 1000), ...LOCAL_ONLY, '-i', `file:${path}`],
  ];
  const until = endMs > firstMs ? ['-to', String((endMs - firstMs) / 1000)] : [];
  for (const encoding of SOUND_ENCODINGS) {
    const { process: child, ended } = startFfmpeg([
      ...['-nostdin', '-y', '-copyts', '-i', `file:${silent}`, ...input],
      ...['-map', '0:v', '-map', '1:a', '-c:v', 'copy', '-c:a', encoding],
      ...['-copypriorss:a', '0', ...until, ...PLAYS_WHILE_LOADING, `file:${into}`],
    ]);
    child.stdout.resume();
    const outcome = await ended;
    if (outcome.code === 0) return;
    if (encoding === SOUND_ENCODINGS.at(-1)) requireSuccess(outcome);
  }
}

function requireSuccess({ code, errors }: { code: number | null; errors: readonly string[] }): void {
  if (code !== 0) throw new Error(errors[0] ?? 'ffmpeg was ended');
}
