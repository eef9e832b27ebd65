/** Video files, streams from an address, and standard input, by way of ffmpeg. */
import { MienError } from '@mien/core';
import { LOCAL_ONLY, requireFfmpeg, runFfprobe } from './ffmpeg.js';
import { readFfmpegFrames, requirePossibleSize } from './ffmpeg-frames.js';
import { toDecoderThreads } from './frame-filters.js';
import type { OpenedSource, Sampling } from './source.js';

const COPY_AGAIN = 'copy or download it again';
const STREAM_TIMEOUT_US = '10000000';
/** A seek goes this far before the wanted time: containers place their key frames by decoding order. */
const SEEK_MARGIN_MS = 1000;

/** What ffprobe says of the streams that are asked for. */
interface Probe {
  readonly streams?: readonly {
    readonly duration?: string;
    readonly width?: number;
    readonly height?: number;
    readonly disposition?: { readonly attached_pic?: number };
  }[];
  readonly format?: { readonly duration?: string };
}

/** @throws MienError `INPUT_INVALID` when there is no video in it, `UNSUPPORTED` without ffmpeg */
export async function openVideoFile(path: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(path);
  const local = [...LOCAL_ONLY, '-i', `file:${path}`];
  const entries = 'stream=duration,width,height:stream_disposition=attached_pic:format=duration';
  const probe = (await runFfprobe(path, [
    '-select_streams',
    'v',
    '-show_entries',
    entries,
    ...local,
  ])) as Probe;
  const stream = (probe.streams ?? []).find(({ disposition }) => disposition?.attached_pic !== 1);
  if (stream === undefined) {
    throw new MienError('INPUT_INVALID', `${path}: holds sound and no pictures; name a video`);
  }
  const { width = 0, height = 0 } = stream;
  requirePossibleSize(path, width, height);
  const seconds = Number(stream.duration ?? probe.format?.duration);
  const expectedEndMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
  const startMs = (sampling.afterMs ?? sampling.fromMs ?? 0) - SEEK_MARGIN_MS;
  const seek = startMs > 0 ? ['-ss', String(startMs / 1000)] : [];
  return {
    kind: 'footage',
    endMs: expectedEndMs === undefined ? sampling.toMs : Math.min(expectedEndMs, sampling.toMs ?? Infinity),
    frames: readFfmpegFrames(
      ffmpeg,
      { source: path, args: [...toDecoderThreads(width, height), ...seek, ...local], expectedEndMs, advice: COPY_AGAIN },
      sampling,
    ),
  };
}

/** `rtsp://…`, `http://…`: only what the person named is reached. */
export async function openStream(url: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(url);
  const isRtsp = /^rtsps?:/i.test(url);
  // Before 5.0 `-timeout` made ffmpeg wait for others to call.
  const timeout = isRtsp ? (ffmpeg.version >= 500 ? '-timeout' : '-stimeout') : '-rw_timeout';
  const args = [...(isRtsp ? ['-rtsp_transport', 'tcp'] : []), timeout, STREAM_TIMEOUT_US, '-i', url];
  const advice = 'check the address and the network';
  return {
    kind: 'footage',
    endMs: sampling.toMs,
    frames: readFfmpegFrames(ffmpeg, { source: url, args, advice }, sampling),
  };
}

/** Video that is piped in. */
export async function openVideoPipe(
  source: string,
  stdin: AsyncIterable<Uint8Array>,
  sampling: Sampling,
): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(source);
  const args = [...LOCAL_ONLY, '-i', 'pipe:0'];
  const advice = 'a video whose index stands at its end must be read from a file';
  return {
    kind: 'footage',
    endMs: sampling.toMs,
    frames: readFfmpegFrames(ffmpeg, { source, args, stdin, advice }, sampling),
  };
}
