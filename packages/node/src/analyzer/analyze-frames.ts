/** The frames of one video, analysed one after the other while a loop asks for them. */
import { fileURLToPath } from 'node:url';
import { MienError, type Analysis, type AsyncAnalyzer } from '@mien/core';
import { toSourcePixels } from '../analysis/source-pixels.js';
import { openBytes, openSource } from '../sources/open-source.js';
import { parseInterval, parseTime } from '../sources/parse-time.js';
import type { OpenedSource, Sampling } from '../sources/source.js';

/**
 * A path, an address (`rtsp:`, `http:`, `https:`, `file:`; also as a URL), a camera (`camera:0`, `camera:<name>`), or the
 * bytes of an animation or a video. A picture is a video of one frame.
 */
export type FramesSource = string | URL | Uint8Array;

/** Milliseconds, or a text such as `250ms`, `90s`, `1:30` or `1:02:03.5`. */
export type Time = number | string;

export interface FramesOptions {
  /** Analyses the first frame of every interval of this length. Default: every frame. */
  readonly every?: Time;
  /** Inclusive, from the start of the recording. */
  readonly from?: Time;
  /** Exclusive. */
  readonly to?: Time;
  /** Ends the loop as if the video ended here. */
  readonly signal?: AbortSignal;
}

/** The analysis of one frame of a video, in pixels of the upright source. */
export interface VideoResult extends Analysis {
  /** Presentation time, from the start of the recording. */
  readonly timestampMs: number;
  /** Present if the frame was too large to be analysed at full size: it was reduced by this factor. */
  readonly reducedBy?: 2 | 4;
}

/** @throws MienError `USAGE` for a time that cannot be understood */
export function toSampling({ every, from, to, signal }: FramesOptions): Sampling {
  const fromMs = toMs('from', from, parseTime);
  const untilMs = toMs('to', to, parseTime);
  if (untilMs !== undefined && untilMs <= (fromMs ?? 0)) {
    throw new MienError('USAGE', `to: must be later than from (${fromMs ?? 0} ms), got ${untilMs} ms`);
  }
  return { everyMs: toMs('every', every, parseInterval), fromMs, toMs: untilMs, signal };
}

function toMs(name: string, time: Time | undefined, parse: (text: string) => number): number | undefined {
  if (time === undefined) return undefined;
  try {
    return parse(typeof time === 'number' ? `${time}ms` : time);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new MienError('USAGE', `${name}: got ${JSON.stringify(time)}. ${what}`, { cause });
  }
}

/**
 * @param createAnalyzer called once: the analyzer remembers the faces of this video
 * @param requireUsable called before each frame; throws after `dispose`
 */
export async function* analyzeFrames(
  source: FramesSource,
  sampling: Sampling,
  createAnalyzer: () => Promise<AsyncAnalyzer>,
  requireUsable: () => void,
): AsyncGenerator<VideoResult, void, void> {
  if (sampling.signal?.aborted === true) return;
  const analyzer = await createAnalyzer();
  try {
    const { frames } = await openFrames(source, sampling);
    for await (const { frame, timestampMs = 0, reduced } of frames) {
      requireUsable();
      const analysis = await analyzer.analyzeFrame(frame, timestampMs);
      yield { ...toSourcePixels(analysis, reduced), timestampMs };
    }
  } finally {
    await analyzer.dispose();
  }
}

function openFrames(source: FramesSource, sampling: Sampling): Promise<OpenedSource> {
  if (source instanceof Uint8Array) return openBytes('video', source, sampling);
  const text = String(source);
  return openSource(/^file:/i.test(text) ? fileURLToPath(text) : text, sampling);
}
