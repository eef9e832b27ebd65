/** What `picture-pool.ts` and its threads say to each other. Plain data. */
import type { Analysis, ErrorCode } from '@mien/core';

export interface PictureThreadSettings {
  readonly maxPixels: number;
}

/** A picture, or a frame of a stream that this thread follows. */
export interface PictureTask {
  readonly kind: 'analyze';
  readonly bytes: Uint8Array;
  /** An installed model's id or the path of a model's file; default the installed default. */
  readonly model: string | undefined;
  /** Absent for a picture. */
  readonly frame?: { readonly stream: number; readonly timestampMs: number };
}

export type ToPictureThread = PictureTask | { readonly kind: 'endStream'; readonly stream: number };

export type FromPictureThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'analysis'; readonly analysis: Analysis }
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string };
