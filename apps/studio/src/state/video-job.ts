/** The video that is being written: one at a time. */
import { signal } from '@preact/signals';

export interface VideoJob {
  /** 0…1. */
  readonly part: number;
  /** `undefined` until it can be told. */
  readonly leftMs: number | undefined;
  readonly cancel: () => void;
}

export const videoJob = signal<VideoJob | undefined>(undefined);
