/**
 * The results of one source while it is being analysed: one JSON line each, in a file beside its future output.
 *
 * Each result is appended as it comes, so a process that is killed loses at most the line that it was writing. The next
 * one reads the whole lines, cuts off the rest, and appends. When the source is complete, the output is written from the
 * journal in one piece and the journal is removed: while there is a journal, there is work left.
 *
 *   {"source":"clip.mp4","sizeBytes":81230,"modifiedMs":1732204800000}
 *   {"source":"clip.mp4","width":640,…,"faces":[]}
 *
 * With --report, a line also contains the face pictures of its frame, which are then as safe as the result.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FrameRecord } from '@mien/results';
import type { SourceState } from './source-state.js';
import { toWriteError } from './to-write-error.js';

export interface Journal {
  readonly path: string;
  add(record: FrameRecord): Promise<void>;
  close(): Promise<void>;
}

const NEWLINE = 0x0a;
/** A result with a hundred faces takes 100 KB; a longer line is damage. */
const MAX_LINE_BYTES = 16 * 2 ** 20;

/**
 * Opens a journal for appending.
 *
 * @param head the first line; a journal with another one is of another source, or of another state of it
 * @param replay called with every result that an earlier process left for the same source; without it, or if there are
 *   none, the journal is empty
 * @throws MienError `OUTPUT_FAILED`
 */
export async function openJournal(
  path: string,
  head: SourceState,
  replay?: (record: FrameRecord) => void,
): Promise<Journal> {
  const failed = (cause: unknown) => toWriteError(path, cause);
  try {
    await mkdir(dirname(path), { recursive: true });
    const keptBytes = replay === undefined ? 0 : await readKept(path, head, replay);
    if (keptBytes > 0) await truncate(path, keptBytes);
    const file = await open(path, keptBytes > 0 ? 'a' : 'w');
    const write = async (value: unknown) => {
      // Not appendFile, which would write on after a part for which there was no space.
      await file.writeFile(`${JSON.stringify(value)}\n`).catch((cause: unknown) => {
        throw failed(cause);
      });
    };
    if (keptBytes === 0) await write(head);
    return { path, add: write, close: () => file.close() };
  } catch (cause) {
    throw failed(cause);
  }
}

/**
 * Reads the results of a journal one by one.
 *
 * @param onRead called now and then with the number of bytes read so far
 */
export async function* readJournal(
  path: string,
  onRead?: (bytes: number) => void,
): AsyncGenerator<FrameRecord, void, void> {
  let isHead = true;
  for await (const { text } of readLines(path, onRead)) {
    if (!isHead) yield JSON.parse(text) as FrameRecord;
    isHead = false;
  }
}

/**
 * Opens a journal that is read several times, with progress over all readings.
 *
 * @param times number of readings
 * @param onProgress called with the part that was read, from 0 to 1
 * @returns reads all results; to be called `times` times
 */
export async function openJournalReader(
  path: string,
  times: number,
  onProgress: (part: number) => void,
): Promise<() => AsyncGenerator<FrameRecord, void, void>> {
  const { size } = await stat(path);
  let called = 0;
  onProgress(0);
  return () => {
    const before = called++;
    return readJournal(path, (bytes) => {
      onProgress(Math.min(1, (before + bytes / size) / times));
    });
  };
}

/** @returns the number of bytes that are whole lines of this source */
async function readKept(
  path: string,
  head: SourceState,
  replay: (record: FrameRecord) => void,
): Promise<number> {
  let keptBytes = 0;
  try {
    for await (const { text, endBytes } of readLines(path)) {
      if (keptBytes > 0) replay(JSON.parse(text) as FrameRecord);
      else if (text !== JSON.stringify(head)) return 0;
      keptBytes = endBytes;
    }
  } catch (error) {
    // Missing, or damaged from here on: what was read so far counts.
    if (!(error instanceof SyntaxError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return keptBytes;
}

/** Whole lines only: a part after the last line break was being written when the process ended. */
async function* readLines(
  path: string,
  onRead?: (bytes: number) => void,
): AsyncGenerator<{ text: string; endBytes: number }, void, void> {
  let rest = Buffer.alloc(0);
  let endBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      endBytes += at + 1;
      yield { text: rest.toString('utf8', 0, at), endBytes };
      rest = rest.subarray(at + 1);
    }
    if (rest.length > MAX_LINE_BYTES) return;
    onRead?.(endBytes + rest.length);
  }
}
