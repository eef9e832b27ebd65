/** Video files, streams and standard input, through ffmpeg. */
import { MienError } from '@mien/core';
import { readFfmpegFrames, requirePossibleSize } from './ffmpeg-frames.js';
import { LOCAL_ONLY, requireFfmpeg, runFfprobe } from './ffmpeg.js';
import { toDecoderThreads } from './frame-filters.js';
import type { OpenedSource, Sampling } from './source.js';

const COPY_AGAIN = 'copy or download it again';
const STREAM_TIMEOUT_US = '10000000';
/** Seek this far before the requested time, because containers index key frames in decoding order. */
const SEEK_MARGIN_MS = 1000;

/** The output of ffprobe. */
interface Probe {
  readonly streams?: readonly ProbedStream[];
  readonly format?: { readonly start_time?: string; readonly duration?: string };
}

interface ProbedStream {
  readonly codec_type?: string;
  readonly duration?: string;
  readonly width?: number;
  readonly height?: number;
  readonly disposition?: { readonly attached_pic?: number };
}

const PROBED =
  'stream=codec_type,duration,width,height:stream_disposition=attached_pic:format=start_time,duration';

/** @throws MienError `INPUT_INVALID` if it contains no video, `UNSUPPORTED` without ffmpeg */
export async function openVideoFile(path: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(path);
  const local = [...LOCAL_ONLY, '-i', `file:${path}`];
  const { streams = [], format } = (await runFfprobe(path, ['-show_entries', PROBED, ...local])) as Probe;
  const stream = streams.find(isVideoStream);
  if (stream === undefined) {
    throw new MienError('INPUT_INVALID', `${path}: holds sound and no pictures; name a video`);
  }
  const { width = 0, height = 0 } = stream;
  requirePossibleSize(path, width, height);
  const expectedEndMs = toMs(stream.duration) ?? toMs(format?.duration);
  // Sound may begin some ms before 0: the lead-in of its encoder, which players skip.
  const originMs = Math.max(0, toMs(format?.start_time) ?? 0);
  const startMs = (sampling.afterMs ?? sampling.fromMs ?? 0) - SEEK_MARGIN_MS;
  const seek = startMs > 0 ? ['-ss', String(startMs / 1000)] : [];
  const args = [...toDecoderThreads(width, height), ...seek, ...local];
  return {
    kind: 'video',
    endMs: expectedEndMs === undefined ? sampling.toMs : Math.min(expectedEndMs, sampling.toMs ?? Infinity),
    ...(streams.some(({ codec_type: type }) => type === 'audio') && { sound: { path, originMs } }),
    frames: readFfmpegFrames(
      ffmpeg,
      { source: path, args, originMs, expectedEndMs, advice: COPY_AGAIN },
      sampling,
    ),
  };
}

/** Cover pictures are not videos. */
function isVideoStream({ codec_type: type, disposition }: ProbedStream): boolean {
  return type === 'video' && disposition?.attached_pic !== 1;
}

function toMs(seconds: string | undefined): number | undefined {
  const timeMs = Number(seconds) * 1000;
  return Number.isFinite(timeMs) ? timeMs : undefined;
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
    frames: readFfmpegFrames(ffmpeg, { source: url, args, advice, isStream: true }, sampling),
  };
}

/** Video from a pipe. */
export async function openVideoPipe(
  source: string,
  stdin: AsyncIterable<Uint8Array>,
  sampling: Sampling,
): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(source);
  const args = [...LOCAL_ONLY, '-i', 'pipe:0'];
  const advice = 'a video whose index stands at its end must be read from a file';
  return {
    kind: 'video',
    endMs: sampling.toMs,
    frames: readFfmpegFrames(ffmpeg, { source, args, stdin, advice }, sampling),
  };
}
