/**
 * Where frames come from. Whatever was named (a picture, a video, a camera), the rest of the command sees one thing: an
 * opened source, which gives its frames one after the other when it is asked for them, so that memory does not grow with
 * the length of a recording.
 */
import type { Frame } from '@mien/core';
import type { Reduction } from './frame-filters.js';

export interface TimedFrame {
  /** Its pixels may be overwritten by the next frame: whoever needs them longer copies them. */
  readonly frame: Frame;
  /** When it is shown, from the start of the recording; absent for a picture. */
  readonly timestampMs?: number;
  /** Where the frame is smaller than the source: by which factor, and the source's size. */
  readonly reduced?: { readonly by: Reduction; readonly width: number; readonly height: number };
}

export interface Sound {
  readonly path: string;
  readonly originMs: number;
}

export interface OpenedSource {
  /** One picture has no time and nobody to follow; the other kinds have both. */
  readonly kind: 'picture' | 'video';
  /** Up to which time there will be frames, where that is known; for the progress. */
  readonly endMs?: number | undefined;
  /** Where its sound is, and which of that file's own times is our 0; absent where it has none, or none that stays. */
  readonly sound?: Sound;
  /** To be read once. Leaving the loop early ends whatever decodes. */
  readonly frames: AsyncIterable<TimedFrame>;
}

/** Which moments of footage are looked at. */
export interface Sampling {
  /** One frame of every interval of this length; without it every frame. */
  readonly everyMs?: number | undefined;
  /** Inclusive; default: the beginning. */
  readonly fromMs?: number | undefined;
  /** Exclusive; default: the end. */
  readonly toMs?: number | undefined;
  /** Only frames that the sampling would choose after the one at this time: where a resumed run goes on. */
  readonly afterMs?: number | undefined;
  /** Ends the reading as if the recording ended here. */
  readonly signal?: AbortSignal | undefined;
}
