/**
 * The moments of one source while it is being analysed, one JSON line each, in a file beside what will be its output.
 *
 * Each moment is appended as it comes, so a process that is killed loses at most the line that it was writing. Whoever
 * goes on reads the whole lines, cuts off the rest, and appends. When the source is done, the output is written from
 * the journal in one piece and the journal is removed: where there is a journal, there is work left.
 *
 *   {"source":"clip.mp4","sizeBytes":81230,"modifiedMs":1732204800000}
 *   {"source":"clip.mp4","width":640,…,"faces":[]}
 *
 * With --report a line also carries the pictures that its moment gave: what was cut out is then as safe as what was read.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MienError } from '@mien/core';

import type { KeptMoment } from '@mien/results';

/** What a journal is of: a file that changed in between is begun anew. */
export interface JournalHead {
  readonly source: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface Journal {
  readonly path: string;
  add(moment: KeptMoment): Promise<void>;
  close(): Promise<void>;
}

const NEWLINE = 0x0a;
/** A moment of a hundred faces takes 100 KB; a line beyond this is damage. */
const MAX_LINE_BYTES = 16 * 2 ** 20;

/**
 * Opens a journal to append to.
 *
 * @param goOn given every moment that an earlier process left, when there are such of the same source; without it, or
 *   where there are none, the journal begins anew
 * @throws MienError `OUTPUT_FAILED`
 */
export async function openJournal(
  path: string,
  head: JournalHead,
  goOn?: (moment: KeptMoment) => void,
): Promise<Journal> {
  const failed = (cause: unknown) => toWriteError(path, cause);
  try {
    await mkdir(dirname(path), { recursive: true });
    const keptBytes = goOn === undefined ? 0 : await readKept(path, head, goOn);
    if (keptBytes > 0) await truncate(path, keptBytes);
    const file = await open(path, keptBytes > 0 ? 'a' : 'w');
    const write = async (value: unknown) => {
      // Not appendFile, which would go on after a part that no space was left for.
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
 * The moments of a journal, without memory for more than one.
 *
 * @param onRead told how many bytes of the file were read, now and then
 */
export async function* readJournal(
  path: string,
  onRead?: (bytes: number) => void,
): AsyncGenerator<KeptMoment, void, void> {
  let isHead = true;
  for await (const { text } of readLines(path, onRead)) {
    if (!isHead) yield JSON.parse(text) as KeptMoment;
    isHead = false;
  }
}

/**
 * A journal to be read several times over, with word of how far all of it is.
 *
 * @param times that the result will be called
 * @param onProgress told the part that was read, from 0 to 1
 * @returns the moments from the first to the last, each time that it is called
 */
export async function openJournalReader(
  path: string,
  times: number,
  onProgress: (part: number) => void,
): Promise<() => AsyncGenerator<KeptMoment, void, void>> {
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

/** @returns how many bytes of it are whole lines of this source */
async function readKept(
  path: string,
  head: JournalHead,
  goOn: (moment: KeptMoment) => void,
): Promise<number> {
  let keptBytes = 0;
  try {
    for await (const { text, endBytes } of readLines(path)) {
      if (keptBytes > 0) goOn(JSON.parse(text) as KeptMoment);
      else if (text !== JSON.stringify(head)) return 0;
      keptBytes = endBytes;
    }
  } catch (error) {
    // None, or damaged from here on: what was read counts.
    if (!(error instanceof SyntaxError) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return keptBytes;
}

/** Whole lines only: what stands after the last newline was being written when the process ended. */
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

export function toWriteError(path: string, cause: unknown): MienError {
  if (cause instanceof MienError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  // Not write-file.ts' words for every code: programs of a moment would wait for one more module.
  const reason = code === 'ENOSPC' ? 'no space is left on the device' : message;
  const advice = 'what was done is kept; make room or choose another folder, and go on with --resume';
  return new MienError('OUTPUT_FAILED', `${path}: cannot be written (${reason}); ${advice}`, { cause });
}
