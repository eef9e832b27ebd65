/** A part of a video that is read by itself: see `plan-chunks.ts`. */
import type { Sampling } from './source.js';

/** Cells of the grid; plain data, which JSON keeps. */
export interface Chunk {
  readonly startCell: number;
  /** Exclusive; absent for the last chunk, which has all that follows. */
  readonly endCell?: number;
  /** It has what is before its start too. */
  readonly isFirst: boolean;
  /** How long before its start decoding begins. */
  readonly leadMs: number;
}

export interface ChunkPlan {
  /** At least two. */
  readonly chunks: readonly Chunk[];
  /** Time of the end of what is analysed, if it is known. */
  readonly endMs: number | undefined;
  /** Lines for people about what of the file is not read. */
  readonly notes: readonly string[];
}

export const cellOf = (timestampMs: number, chunkMs: number): number => Math.floor(timestampMs / chunkMs);

/** What to read for a chunk: its frames, some before, and one after. */
export function toChunkSampling(sampling: Sampling, chunk: Chunk, chunkMs: number): Sampling {
  const { everyMs, fromMs = 0 } = sampling;
  const startMs = chunk.startCell * chunkMs;
  // Just before the interval in which the chunk begins.
  const beforeMs =
    everyMs === undefined
      ? startMs - 1
      : fromMs + Math.floor((startMs - fromMs) / everyMs) * everyMs - everyMs / 2;
  return {
    ...sampling,
    ...(!chunk.isFirst && { afterMs: beforeMs, seekMs: beforeMs - chunk.leadMs }),
    ...(chunk.endCell !== undefined && { stopMs: chunk.endCell * chunkMs }),
  };
}
