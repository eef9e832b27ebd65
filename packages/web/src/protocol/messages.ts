/** What the page and its worker say to each other. Every request gets one answer with its id. */
import type { Analysis, ClassifierManifest, Frame } from '@mien/core';
import type { ErrorData } from './error-data.js';

/** Files that the worker loads on demand. Each stands alone: neither import maps nor bundlers reach into a worker. */
export const PARTS = ['kernels-relaxed', 'kernels-simd', 'formats', 'hdf5'] as const;
export type PartName = (typeof PARTS)[number];
export type PartUrls = Readonly<Record<PartName, string>>;

/** A model as bytes, wherever it came from. */
export interface ModelBytes {
  /** What error messages name: an id, a file name or a URL. */
  readonly source: string;
  readonly bytes: Uint8Array;
  /** As `JSON.parse` gives it; absent for a file that stands alone. */
  readonly manifest?: unknown;
}

/** What a model file does not say about itself. */
export interface ModelContract {
  /** Meaning of the outputs, in their order. */
  readonly labels?: readonly string[];
  /** What the samples 0 and 255 become at the network's input. */
  readonly inputRange?: readonly [low: number, high: number];
}

/** A picture on its way to the worker. */
export type Picture =
  | { readonly kind: 'image'; readonly image: ImageBitmap | VideoFrame }
  | { readonly kind: 'file'; readonly file: Blob }
  | { readonly kind: 'pixels'; readonly frame: Frame; readonly mayBeTransparent: boolean };

export interface OpenTask {
  readonly kind: 'open';
  readonly parts: PartUrls;
  readonly model: ModelBytes;
  readonly contract: ModelContract;
  readonly detector: ModelBytes;
  readonly responseTimeMs: number | undefined;
  /** Held by the worker for as long as it lives. */
  readonly lockName: string;
}

/** One picture, or the next frame of a stream. */
export interface AnalyzeTask {
  readonly kind: 'analyze';
  readonly picture: Picture;
  readonly frame?: FrameOfStream;
}

export interface FrameOfStream {
  readonly stream: number;
  readonly timestampMs: number;
  /** Whether the time went back, so that the faces of before are forgotten. */
  readonly restarts: boolean;
}

export interface Opened {
  readonly manifest: ClassifierManifest;
  readonly detector: string;
}

/** What each task is answered with. */
export interface Answers {
  readonly open: Opened;
  readonly analyze: Analysis;
}
export type Task = OpenTask | AnalyzeTask;

/** To the worker. Notes get no answer. */
export type Request =
  | { readonly id: number; readonly task: Task }
  /** A task that nobody waits for any more; dropped if it has not begun. */
  | { readonly note: 'cancel'; readonly id: number }
  /** Forgets the faces of every stream. */
  | { readonly note: 'reset' }
  | { readonly note: 'closeStream'; readonly stream: number };

/** From the worker. */
export type Response =
  | { readonly id: number; readonly result: Answers[keyof Answers] }
  | { readonly id: number; readonly error: ErrorData };
