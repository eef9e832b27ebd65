/** Video files, streams and standard input, through ffmpeg. */
import { MienError } from '@mien/core';
import { readPictureBytes } from '../pictures/decode-picture.js';
import { readFfmpegFrames } from './ffmpeg-frames.js';
import { LOCAL_ONLY, requireFfmpeg, type Ffmpeg } from './ffmpeg.js';
import { toDecoderThreads } from './frame-filters.js';
import { IDLE_MS, toPictureSource, type ByteSource, type OpenedSource, type Sampling } from './source.js';
import { describeVideo, probeFile, SEEK_MARGIN_MS, toLocalInput, type VideoFile } from './video-file.js';

const COPY_AGAIN = 'copy or download it again';
const STREAM_TIMEOUT_US = '10000000';

/** @throws MienError `INPUT_INVALID` if it contains no video, `UNSUPPORTED` without ffmpeg */
export async function openVideoFile(
  path: string,
  sampling: Sampling,
  demuxer?: string,
): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(path);
  const file = describeVideo(path, await probeFile(path, demuxer, sampling.signal));
  return toVideoSource(ffmpeg, path, file, toLocalInput(path, demuxer), sampling);
}

/**
 * Any file that ffmpeg reads, a picture in a rare format too.
 *
 * @throws MienError also if ffmpeg recognises it as something else than pictures
 */
export async function openUnknown(path: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(path);
  // A picture is read from a pipe: `%d` in its name would mean numbered files.
  const probe = await probeFile(path, undefined, sampling.signal).catch(() => undefined);
  if (probe !== undefined && !/^image2|_pipe$/.test(probe.format?.format_name ?? '')) {
    return toVideoSource(ffmpeg, path, describeVideo(path, probe), toLocalInput(path), sampling);
  }
  const stdin = toByteSource(await readPictureBytes(path));
  const args = [...LOCAL_ONLY, '-i', 'pipe:0'];
  const { signal } = sampling;
  const frames = readFfmpegFrames(ffmpeg, { source: path, args, stdin, advice: COPY_AGAIN }, { signal });
  for await (const { frame } of frames) return toPictureSource({ ...frame, data: frame.data.slice() });
  throw new MienError('INPUT_INVALID', `${path}: holds no picture; ${COPY_AGAIN}`);
}

async function* toByteSource(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

function toFormat(demuxer: string | undefined): string[] {
  return demuxer === undefined ? [] : ['-f', demuxer];
}

function toVideoSource(
  ffmpeg: Ffmpeg,
  path: string,
  { track: { width, height }, originMs, endMs, canSeek, hasSound, notes }: VideoFile,
  local: readonly string[],
  sampling: Sampling,
): OpenedSource {
  const startMs = sampling.seekMs ?? (sampling.afterMs ?? sampling.fromMs ?? 0) - SEEK_MARGIN_MS;
  const seek = startMs > 0 && canSeek ? ['-ss', String(startMs / 1000)] : [];
  const args = [...toDecoderThreads(width, height), ...seek, ...local];
  const input = { source: path, args, originMs, expectedEndMs: endMs, advice: COPY_AGAIN };
  return {
    kind: 'video',
    endMs: endMs === undefined ? sampling.toMs : Math.min(endMs, sampling.toMs ?? Infinity),
    ...(hasSound && { sound: { path, originMs } }),
    ...(notes.length > 0 && { notes }),
    frames: readFfmpegFrames(ffmpeg, input, sampling),
  };
}

/** `rtsp://…`, `http://…`. */
export async function openStream(url: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(url);
  const isRtsp = /^rtsps?:/i.test(url);
  // Before 5.0, `-timeout` made ffmpeg listen for incoming connections.
  const timeout = isRtsp ? (ffmpeg.version >= 500 ? '-timeout' : '-stimeout') : '-rw_timeout';
  const args = [...(isRtsp ? ['-rtsp_transport', 'tcp'] : []), timeout, STREAM_TIMEOUT_US, '-i', url];
  const advice = 'check the address and the network';
  return {
    kind: 'video',
    endMs: sampling.toMs,
    frames: readFfmpegFrames(
      ffmpeg,
      { source: url, args, advice, isStream: true, idleMs: IDLE_MS },
      sampling,
    ),
  };
}

/** Video from a pipe. */
export async function openVideoPipe(
  source: string,
  stdin: ByteSource,
  sampling: Sampling,
  demuxer?: string,
): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(source);
  const args = [...LOCAL_ONLY, ...toFormat(demuxer), '-i', 'pipe:0'];
  const advice = 'a video whose index stands at its end must be read from a file';
  return {
    kind: 'video',
    endMs: sampling.toMs,
    frames: readFfmpegFrames(ffmpeg, { source, args, stdin, advice, idleMs: IDLE_MS }, sampling),
  };
}
