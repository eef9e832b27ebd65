/**
 * The common interface of pictures, videos and cameras: an opened source returns its frames one after the other, on demand,
 * so that memory does not grow with the length of a recording.
 */
import type { Frame } from '@mien/core';
import type { Reduction } from './frame-filters.js';

export interface TimedFrame {
  /** The next frame may overwrite its pixels; copy them to keep them. */
  readonly frame: Frame;
  /** Presentation time, from the start of the recording; absent for a picture. */
  readonly timestampMs?: number;
  /** Present if the frame was reduced: the factor, and the size of the source. */
  readonly reduced?: { readonly by: Reduction; readonly width: number; readonly height: number };
}

/** Bytes that may never come, such as those of standard input. */
export interface ByteSource extends AsyncIterable<Uint8Array> {
  /** Ends waiting for them; without it nothing has to be ended. */
  close?(): void;
}

/** Streams and standard input that give nothing for this long are given up. */
export const IDLE_MS = 30_000;

export interface Sound {
  readonly path: string;
  readonly originMs: number;
}

export interface OpenedSource {
  /** Frames of a video have times, and its faces are followed. */
  readonly kind: 'picture' | 'video';
  /** Time of the end, if it is known. */
  readonly endMs?: number | undefined;
  /** File with its sound, and that file's own time of our 0; absent without sound, and for live sources. */
  readonly sound?: Sound;
  /** Lines for people about what of the source is not read. */
  readonly notes?: readonly string[];
  /** To be read once. Leaving the loop early stops the decoding. */
  readonly frames: AsyncIterable<TimedFrame>;
}

/** @param note what of the file is not read */
export function toPictureSource(frame: Frame, note?: string): OpenedSource {
  return {
    kind: 'picture',
    ...(note !== undefined && { notes: [note] }),
    frames: (async function* () {
      yield { frame };
    })(),
  };
}

/** The frames of a video that are analysed. */
export interface Sampling {
  /** One frame of every interval of this length; default: every frame. */
  readonly everyMs?: number | undefined;
  /** Inclusive; default: the beginning. */
  readonly fromMs?: number | undefined;
  /** Exclusive; default: the end. */
  readonly toMs?: number | undefined;
  /** Only the frames that the sampling selects after the one at this time, to resume a run. */
  readonly afterMs?: number | undefined;
  /** Where decoding may begin, to read a part of a recording; default: somewhat before the first frame that is asked for. */
  readonly seekMs?: number | undefined;
  /** Ends reading after the first selected frame at or after this time, which is still given. */
  readonly stopMs?: number | undefined;
  /** Ends reading as if the recording ended here. */
  readonly signal?: AbortSignal | undefined;
}
