/** Messages between the page and its video worker. Each worker does one task, and ends with it. */
import type { Mark } from '../scene/marks.js';
import type { HiddenFace } from '../scene/veils.js';

/** Reads a video: the first frame of every interval, one for each `next`. */
export interface ReadTask {
  readonly kind: 'read';
  readonly file: Blob;
  readonly everyMs: number;
}

/** Writes a video with marks and veils painted on every frame. */
export interface AnnotateTask {
  readonly kind: 'annotate';
  readonly file: Blob;
  readonly container: VideoContainer;
  /** Size that marks and veils are measured in. */
  readonly picture: { readonly width: number; readonly height: number };
  /** In the order of their times; empty if only hidden faces are to be covered. */
  readonly moments: readonly MarkedMoment[];
  readonly hidden: readonly HiddenFace[];
  /** Of the labels, as in CSS. */
  readonly fontFamily: string;
}

/** Writes a video again as it is, with an index. */
export interface CopyTask {
  readonly kind: 'copy';
  readonly file: Blob;
  readonly container: VideoContainer;
}

export const VIDEO_CONTAINERS = ['mp4', 'webm'] as const;
export type VideoContainer = (typeof VIDEO_CONTAINERS)[number];

export interface MarkedMoment {
  readonly atMs: number;
  readonly marks: readonly Mark[];
}

export type ToVideoWorker = ReadTask | AnnotateTask | CopyTask | { readonly kind: 'next' };

export type FromVideoWorker =
  /** The file can be read here. */
  | { readonly kind: 'opened'; readonly durationMs: number; readonly width: number; readonly height: number }
  /** It cannot; the names of what this browser lacks, where the file says them. */
  | {
      readonly kind: 'unreadable';
      readonly format?: string;
      readonly codec?: string;
      /** There is nothing to decode but sound. */
      readonly isWithoutPictures?: boolean;
      /** Nothing says what is in it: an MP4 that was cut off before its index, which often comes last. */
      readonly isWithoutTracks?: boolean;
    }
  | { readonly kind: 'frame'; readonly timestampMs: number; readonly image: ImageBitmap }
  | { readonly kind: 'end' }
  /** 0…1. */
  | { readonly kind: 'progress'; readonly part: number }
  /** The written video, and why its sound is not in it. */
  | { readonly kind: 'written'; readonly bytes: ArrayBuffer; readonly lostSound?: string }
  | { readonly kind: 'failed'; readonly message: string };
