/** What `picture-pool.ts` and its threads say to each other. */
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

/** Crops of faces, ready for the network. */
export interface CropsTask {
  readonly kind: 'classify';
  /** float32 `shape`, in the model's input range. */
  readonly crops: Float32Array;
  readonly shape: readonly [count: number, height: number, width: number, channels: number];
  readonly model: string | undefined;
}

export interface Classified {
  readonly labels: readonly string[];
  /** float32 `[count, labels]` */
  readonly probabilities: Float32Array;
}

export type ThreadTask = PictureTask | CropsTask;

/** Values of a claim. Who changes it from `open` has the task: a thread that begins it, or the pool that takes it back. */
export const CLAIM = { open: 0, taken: 1 } as const;

export type ToPictureThread =
  | {
      readonly kind: 'task';
      readonly task: ThreadTask;
      /** Shared with the pool, one number. */
      readonly claim: Int32Array;
    }
  | { readonly kind: 'endStream'; readonly stream: number };

/** @returns whether the task was still open */
export function takeTask(claim: Int32Array): boolean {
  return Atomics.compareExchange(claim, 0, CLAIM.open, CLAIM.taken) === CLAIM.open;
}

export type FromPictureThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly value: Analysis | Classified }
  | { readonly kind: 'error'; readonly code: ErrorCode | undefined; readonly message: string };
