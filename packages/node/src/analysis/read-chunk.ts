/**
 * Reads one chunk of a video: raw readings, before faces are followed, as lines of JSON.
 *
 *   {"reading":{…},"reduced":{…}}        one for each frame
 *   {"first":"…","next":"…"}             the last line: the seams
 *
 * `first` is the fingerprint of the chunk's first frame, `next` that of the first frame after it, which the chunk that follows
 * must begin with. If they differ, the file cannot be read from its middle, and the join reads it in one piece.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MienError, type Frame, type Reading, type ShotView } from '@mien/core';
import { toWriteError } from '../results-folder/to-write-error.js';
import { openSource } from '../sources/open-source.js';
import { cellOf, toChunkSampling, type Chunk } from '../sources/chunk.js';
import type { Sampling, TimedFrame } from '../sources/source.js';
import type { SourceObserver } from './analyze-source.js';
import type { OpenedAnalyzer } from './open-analyzer.js';

/** Plain data, which can be sent to a worker. */
export interface ChunkTask {
  readonly source: string;
  readonly sampling: Sampling;
  readonly chunk: Chunk;
  /** File for the readings. */
  readonly readings: string;
}

/** How a chunk was read. */
export interface ChunkEnd {
  readonly frames: number;
  /** Why it ends early; what was read until then is stored. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ReadingLine {
  readonly reading: Reading;
  readonly reduced?: TimedFrame['reduced'];
}

/** Fingerprints; `null` if there is no such frame, absent if it is not known because the chunk ended early. */
export interface SeamsLine {
  readonly first: string | null;
  readonly next?: string | null;
}

/**
 * @throws MienError `OUTPUT_FAILED` if the readings cannot be written, `WORKER_FAILED` if others ended ffmpeg; another error
 *   than MienError is a bug, or the signal's reason
 */
export async function readChunk(
  { analyzer, chunkMs }: OpenedAnalyzer,
  { source, sampling, chunk, readings }: ChunkTask,
  { onProgress }: Pick<SourceObserver, 'onProgress'>,
): Promise<ChunkEnd> {
  let frames = 0;
  let error: ChunkEnd['error'];
  async function* toLines() {
    analyzer.reset();
    let first: string | null = null;
    let next: string | null = null;
    let held: ReadingLine | undefined;
    try {
      const opened = await openSource(source, toChunkSampling(sampling, chunk, chunkMs));
      for await (const timed of opened.frames) {
        const { frame, timestampMs = 0, reduced } = timed;
        const cell = cellOf(timestampMs, chunkMs);
        if (!chunk.isFirst && cell < chunk.startCell) continue;
        if (cell >= (chunk.endCell ?? Infinity)) {
          next ??= fingerprintOf(frame, timestampMs);
          continue;
        }
        first ??= fingerprintOf(frame, timestampMs);
        if (held !== undefined) yield toText(held, cell !== cellOf(held.reading.timestampMs, chunkMs));
        held = { reading: analyzer.readFrame(frame, timestampMs), ...(reduced !== undefined && { reduced }) };
        frames++;
        onProgress({ frames, timeMs: timestampMs, endMs: opened.endMs });
      }
    } catch (cause) {
      if (!(cause instanceof MienError) || cause.code === 'WORKER_FAILED') throw cause;
      error = { code: cause.code, message: cause.message };
    }
    if (held !== undefined) yield toText(held, true);
    yield `${JSON.stringify({ first, ...(error === undefined && { next }) } satisfies SeamsLine)}\n`;
  }
  await pipeline(Readable.from(toLines()), createWriteStream(readings)).catch((cause: unknown) => {
    // Other errors with a code are of the system, about the file that is written: those of reading are caught above.
    const isWriting = !(cause instanceof MienError) && (cause as NodeJS.ErrnoException).code !== undefined;
    throw isWriting ? toWriteError(readings, cause) : cause;
  });
  sampling.signal?.throwIfAborted(); // The source ended at the abort, before the end of the chunk.
  return { frames, ...(error !== undefined && { error }) };
}

/** What a frame shows is needed for its first one in a cell of the grid, and for the last one. */
function toText({ reading: { view, ...reading }, reduced }: ReadingLine, isLast: boolean): string {
  const isNeeded = view !== undefined && (isLast || reading.cut === undefined);
  return `${JSON.stringify({ reading: { ...reading, ...(isNeeded && { view: toPlain(view) }) }, reduced })}\n`;
}

function toPlain({ brightness, colours }: ShotView): ShotView {
  return { brightness: Array.from(brightness), colours: Array.from(colours) };
}

function fingerprintOf({ width, height, channels, data }: Frame, timestampMs: number): string {
  const head = JSON.stringify([timestampMs, width, height, channels]);
  return createHash('sha256').update(head).update(data).digest('hex');
}
