/** Joins the chunks of a video: its readings, in the order of their times, through the follower and smoother. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { openJournal } from '../results-folder/journal.js';
import type { SourceObserver } from './analyze-source.js';
import type { OpenedAnalyzer } from './open-analyzer.js';
import type { ReadingLine, SeamsLine } from './read-chunk.js';
import { toSourcePixels } from './source-pixels.js';

/** What `readChunk` wrote, compressed. */
export interface ReadChunk {
  readonly path: string;
  /** Of the lines, before they were compressed. */
  readonly sha256: string;
}

/** Plain data, which can be sent to a worker. */
export interface JoinTask {
  /** What results call the video. */
  readonly source: string;
  /** In their order; `undefined` for a chunk that could not be read. */
  readonly chunks: readonly (ReadChunk | undefined)[];
  /** A journal for the results. */
  readonly journal: string;
  readonly signal?: AbortSignal | undefined;
}

/** How the joining ended. Only `done` leaves results. */
export type JoinEnd =
  | { readonly state: 'done'; readonly frames: number }
  /** A chunk does not begin where the one before ended: the video has to be read in one piece. */
  | { readonly state: 'apart' }
  /** The readings of this chunk are gone or damaged, and have to be read again. */
  | { readonly state: 'lost'; readonly chunk: number };

/** @throws MienError `OUTPUT_FAILED` if the results cannot be written; the signal's reason */
export async function joinChunks(
  { analyzer }: OpenedAnalyzer,
  { source, chunks, journal: path, signal }: JoinTask,
  { onProgress }: Pick<SourceObserver, 'onProgress'>,
): Promise<JoinEnd> {
  analyzer.reset();
  let frames = 0;
  /** What the next chunk must begin with; `undefined` if the one before could not be read to its end. */
  let next: string | null | undefined;
  const journal = await openJournal(path, { source, sizeBytes: 0, modifiedMs: 0 });
  try {
    for (const [index, chunk] of chunks.entries()) {
      if (chunk === undefined) {
        next = undefined;
        continue;
      }
      if (!(await isIntact(chunk))) return { state: 'lost', chunk: index };
      let seams: SeamsLine = { first: null };
      for await (const line of readLines(chunk)) {
        signal?.throwIfAborted();
        if ('first' in line) seams = line;
        else {
          const { reading, reduced } = line;
          const analysis = analyzer.followReading(reading);
          await journal.add({ source, ...toSourcePixels(analysis, reduced) });
          frames++;
          onProgress({ frames, timeMs: reading.timestampMs });
        }
      }
      // An empty chunk passes on what it found after it, which is what the one before found.
      const begins = seams.first ?? seams.next;
      if (next !== undefined && begins !== undefined && begins !== next) return { state: 'apart' };
      next = seams.next;
    }
  } finally {
    await journal.close();
  }
  return typeof next === 'string' ? { state: 'apart' } : { state: 'done', frames };
}

async function isIntact({ path, sha256 }: ReadChunk): Promise<boolean> {
  const hash = createHash('sha256');
  return pipeline(createReadStream(path), createGunzip(), hash).then(
    () => hash.digest('hex') === sha256,
    () => false,
  );
}

async function* readLines({ path }: ReadChunk): AsyncGenerator<ReadingLine | SeamsLine, void, void> {
  const file = createReadStream(path);
  try {
    for await (const line of createInterface({ input: file.pipe(createGunzip()), crlfDelay: Infinity })) {
      if (line !== '') yield JSON.parse(line) as ReadingLine | SeamsLine;
    }
  } finally {
    file.destroy();
  }
}
