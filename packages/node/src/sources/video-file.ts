/** What the header of a video file says: which track is read, when its time begins, and where it ends. */
import { MienError } from '@mien/core';
import { requirePossibleSize } from './ffmpeg-frames.js';
import { LOCAL_ONLY, runFfprobe } from './ffmpeg.js';

export interface VideoFile {
  /** Name of the container, as ffprobe gives it. */
  readonly formatName: string;
  /** The track of pictures that ffmpeg reads. */
  readonly track: { readonly index: number; readonly width: number; readonly height: number };
  readonly hasSound: boolean;
  /** The file's own time of our 0. */
  readonly originMs: number;
  /** By the header; absent if it states none. */
  readonly endMs: number | undefined;
  /** Whether it can be read from a time in its middle. */
  readonly canSeek: boolean;
  /** Lines for people about what is not read. */
  readonly notes: readonly string[];
}

/** The output of ffprobe. */
export interface Probe {
  readonly streams?: readonly ProbedStream[];
  readonly format?: {
    readonly format_name?: string;
    readonly start_time?: string;
    readonly duration?: string;
  };
}

interface ProbedStream {
  readonly index?: number;
  readonly codec_type?: string;
  readonly start_time?: string;
  readonly duration?: string;
  readonly width?: number;
  readonly height?: number;
  readonly disposition?: { readonly attached_pic?: number; readonly default?: number };
}

/** Seek this far before the requested time, because containers index key frames in decoding order. */
export const SEEK_MARGIN_MS = 1000;

const PROBED =
  'stream=index,codec_type,start_time,duration,width,height:stream_disposition=attached_pic,default:format=format_name,start_time,duration';
/**
 * Files whose clock may start again in the middle, where ffmpeg cannot seek by time. They are read from the start, which
 * takes longer and misses nothing.
 */
const RESTARTING = ['mpegts', 'mpeg', 'ogg'];
/** ffmpeg renders text files as a terminal would show them. */
const TEXT_AS_VIDEO = 'tty';

/** The input of ffmpeg and ffprobe. */
export function toLocalInput(path: string, demuxer?: string): string[] {
  return [...LOCAL_ONLY, ...(demuxer === undefined ? [] : ['-f', demuxer]), '-i', `file:${path}`];
}

/** @throws MienError `UNSUPPORTED` without ffprobe, `INPUT_INVALID` for a file that it cannot read; the signal's reason */
export async function probeFile(path: string, demuxer?: string, signal?: AbortSignal): Promise<Probe> {
  return (await runFfprobe(path, ['-show_entries', PROBED, ...toLocalInput(path, demuxer)], signal)) as Probe;
}

/** @throws MienError `INPUT_INVALID` for a file that holds no video, `INPUT_TOO_LARGE` */
export function describeVideo(path: string, { streams = [], format }: Probe): VideoFile {
  const { format_name: formatName = '' } = format ?? {};
  if (formatName === TEXT_AS_VIDEO) {
    throw new MienError('INPUT_INVALID', `${path}: holds text and no pictures; name a picture or a video`);
  }
  const tracks = streams.filter(isVideoStream);
  const stream = chooseStream(tracks);
  if (stream === undefined) {
    throw new MienError('INPUT_INVALID', `${path}: holds sound and no pictures; name a video`);
  }
  const { index = 0, width = 0, height = 0 } = stream;
  requirePossibleSize(path, width, height);
  // Sound may begin some ms before 0: the lead-in of its encoder, which players skip.
  // Pictures before 0 are kept all the same.
  const firstMs = Math.min(0, toMs(stream.start_time) ?? 0);
  const note = `has ${tracks.length} tracks of pictures; ffmpeg's choice of ${width}×${height} pixels is read`;
  return {
    formatName,
    track: { index, width, height },
    hasSound: streams.some(({ codec_type: type }) => type === 'audio'),
    originMs: Math.max(firstMs, toMs(format?.start_time) ?? 0),
    endMs: toMs(stream.duration) ?? toMs(format?.duration),
    canSeek: !RESTARTING.includes(formatName),
    notes: tracks.length > 1 ? [note] : [],
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
