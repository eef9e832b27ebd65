/** Video files, streams and standard input, through ffmpeg. */
import { MienError } from '@mien/core';
import { readPictureBytes } from '../pictures/decode-picture.js';
import { readFfmpegFrames, requirePossibleSize } from './ffmpeg-frames.js';
import { LOCAL_ONLY, requireFfmpeg, runFfprobe, type Ffmpeg } from './ffmpeg.js';
import { toDecoderThreads } from './frame-filters.js';
import { IDLE_MS, toPictureSource, type ByteSource, type OpenedSource, type Sampling } from './source.js';

const COPY_AGAIN = 'copy or download it again';
const STREAM_TIMEOUT_US = '10000000';
/** Seek this far before the requested time, because containers index key frames in decoding order. */
const SEEK_MARGIN_MS = 1000;

/** The output of ffprobe. */
interface Probe {
  readonly streams?: readonly ProbedStream[];
  readonly format?: {
    readonly format_name?: string;
    readonly start_time?: string;
    readonly duration?: string;
  };
}

interface ProbedStream {
  readonly codec_type?: string;
  readonly start_time?: string;
  readonly duration?: string;
  readonly width?: number;
  readonly height?: number;
  readonly disposition?: { readonly attached_pic?: number; readonly default?: number };
}

const PROBED =
  'stream=codec_type,start_time,duration,width,height:stream_disposition=attached_pic,default:format=format_name,start_time,duration';
/**
 * Files whose clock may start again in the middle, where ffmpeg cannot seek by time. They are read from the start, which
 * takes longer and misses nothing.
 */
const RESTARTING = ['mpegts', 'mpeg', 'ogg'];
/** ffmpeg renders text files as a terminal would show them. */
const TEXT_AS_VIDEO = 'tty';

/** @throws MienError `INPUT_INVALID` if it contains no video, `UNSUPPORTED` without ffmpeg */
export async function openVideoFile(
  path: string,
  sampling: Sampling,
  demuxer?: string,
): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(path);
  const local = [...LOCAL_ONLY, ...toFormat(demuxer), '-i', `file:${path}`];
  const probe = await probeFile(path, demuxer);
  return toVideoSource(ffmpeg, path, probe, local, sampling);
}

/**
 * Any file that ffmpeg reads, a picture in a rare format too.
 *
 * @throws MienError also if ffmpeg recognises it as something else than pictures
 */
export async function openUnknown(path: string, sampling: Sampling): Promise<OpenedSource> {
  const ffmpeg = await requireFfmpeg(path);
  // A picture is read from a pipe: `%d` in its name would mean numbered files.
  const probe = await probeFile(path).catch(() => undefined);
  if (probe !== undefined && !/^image2|_pipe$/.test(probe.format?.format_name ?? '')) {
    return toVideoSource(ffmpeg, path, probe, [...LOCAL_ONLY, '-i', `file:${path}`], sampling);
  }
  const stdin = toByteSource(await readPictureBytes(path));
  const args = [...LOCAL_ONLY, '-i', 'pipe:0'];
  const frames = readFfmpegFrames(ffmpeg, { source: path, args, stdin, advice: COPY_AGAIN }, {});
  for await (const { frame } of frames) return toPictureSource({ ...frame, data: frame.data.slice() });
  throw new MienError('INPUT_INVALID', `${path}: holds no picture; ${COPY_AGAIN}`);
}

async function* toByteSource(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

function toFormat(demuxer: string | undefined): string[] {
  return demuxer === undefined ? [] : ['-f', demuxer];
}

async function probeFile(path: string, demuxer?: string): Promise<Probe> {
  const args = ['-show_entries', PROBED, ...LOCAL_ONLY, ...toFormat(demuxer), '-i', `file:${path}`];
  return (await runFfprobe(path, args)) as Probe;
}

function toVideoSource(
  ffmpeg: Ffmpeg,
  path: string,
  { streams = [], format }: Probe,
  local: readonly string[],
  sampling: Sampling,
): OpenedSource {
  const tracks = streams.filter(isVideoStream);
  const stream = chooseStream(tracks);
  const { format_name: formatName = '' } = format ?? {};
  if (formatName === TEXT_AS_VIDEO) {
    throw new MienError('INPUT_INVALID', `${path}: holds text and no pictures; name a picture or a video`);
  }
  if (stream === undefined) {
    throw new MienError('INPUT_INVALID', `${path}: holds sound and no pictures; name a video`);
  }
  const { width = 0, height = 0 } = stream;
  requirePossibleSize(path, width, height);
  const expectedEndMs = toMs(stream.duration) ?? toMs(format?.duration);
  // Sound may begin some ms before 0: the lead-in of its encoder, which players skip.
  // Pictures before 0 are kept all the same.
  const firstMs = Math.min(0, toMs(stream.start_time) ?? 0);
  const originMs = Math.max(firstMs, toMs(format?.start_time) ?? 0);
  const startMs = (sampling.afterMs ?? sampling.fromMs ?? 0) - SEEK_MARGIN_MS;
  const canSeek = !RESTARTING.includes(formatName);
  const seek = startMs > 0 && canSeek ? ['-ss', String(startMs / 1000)] : [];
  const args = [...toDecoderThreads(width, height), ...seek, ...local];
  return {
    kind: 'video',
    endMs: expectedEndMs === undefined ? sampling.toMs : Math.min(expectedEndMs, sampling.toMs ?? Infinity),
    ...(streams.some(({ codec_type: type }) => type === 'audio') && { sound: { path, originMs } }),
    ...(tracks.length > 1 && {
      notes: [
        `has ${tracks.length} tracks of pictures; ffmpeg's choice of ${width}×${height} pixels is read`,
      ],
    }),
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

/**
 * The track that ffmpeg takes. Ref: `map_auto_video` in fftools/ffmpeg_mux_init.c: most pixels, of which being the default
 * track is worth five million.
 */
function chooseStream(streams: readonly ProbedStream[]): ProbedStream | undefined {
  const scoreOf = ({ width = 0, height = 0, disposition }: ProbedStream) =>
    width * height + (disposition?.default === 1 ? 5e6 : 0);
  return streams.reduce<ProbedStream | undefined>(
    (best, stream) => (best === undefined || scoreOf(stream) > scoreOf(best) ? stream : best),
    undefined,
  );
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
