/**
 * Analyses one segment, or a chunk of one, at a time in a worker thread of its own, so that the loop that sends heartbeats stays free.
 *
 * A thread that dies, or that does not stop when asked, is replaced.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { MienError } from '@mien/core';
import {
  createExecutor,
  readJournal,
  type AnalyzerSettings,
  type ChunkEnd,
  type Executor,
  type JoinEnd,
  type ReadChunk,
  type SourceProgress,
} from '@mien/node/analysis';
import type { Chunk } from '@mien/node/sources';
import { withoutPictures } from '@mien/results';
import type { JobSettings } from './job.js';

/** How long a thread may take to stop between two frames; then it is ended. */
const STOP_MS = 10_000;

export interface SegmentInput {
  /** What results call it. */
  readonly name: string;
  readonly path: string;
  /** An installed model's id or the path of a model's file; default that of the analyst. */
  readonly model?: string | undefined;
  readonly settings: JobSettings;
}

export interface SegmentReadings {
  /** One JSON line for each frame, compressed. */
  readonly bytes: Uint8Array;
  readonly frames: number;
  /** Of the model, in their order. */
  readonly labels: readonly string[];
  /** What of the file is not read, if anything. */
  readonly note: string | undefined;
}

export interface ChunkReadings {
  /** Lines of readings, compressed; see `readChunk` of @mien/node. */
  readonly bytes: Uint8Array;
  /** Of the lines before they were compressed. */
  readonly sha256: string;
  readonly frames: number;
  /** Why it ends early. */
  readonly error?: ChunkEnd['error'];
}

export type Joined =
  ({ readonly state: 'done' } & SegmentReadings) | Exclude<JoinEnd, { readonly state: 'done' }>;

type OnProgress = (progress: SourceProgress) => void;

/**
 * All take a signal, and reject with its reason when it aborts. All throw MienError for a file that cannot be analysed, and
 * another error if the thread died.
 */
export interface SegmentAnalyst {
  analyze(input: SegmentInput, signal: AbortSignal, onProgress: OnProgress): Promise<SegmentReadings>;
  readChunk(
    input: SegmentInput & { readonly chunk: Chunk },
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<ChunkReadings>;
  /** @param chunks in their order; `undefined` for those that failed */
  join(
    input: Pick<SegmentInput, 'name' | 'model'> & { readonly chunks: readonly (ReadChunk | undefined)[] },
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Joined>;
  close(): Promise<void>;
}

export function createSegmentAnalyst(settings: AnalyzerSettings): SegmentAnalyst {
  let executor: Promise<Executor> | undefined;
  let loaded = settings.model;
  const replace = async () => {
    const old = executor;
    executor = undefined;
    await (await old?.catch(() => undefined))?.close();
  };
  /** Works in the thread, with a folder that is removed. */
  const use = async <T>(
    input: { readonly name: string; readonly path?: string; readonly model?: string | undefined },
    signal: AbortSignal,
    work: (executor: Executor, folder: string) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    const { name, path, model = settings.model } = input;
    if (model !== loaded) await replace();
    loaded = model;
    executor ??= createExecutor({ ...settings, model }, 1, () => undefined, 'workers');
    const running = await executor.catch((error: unknown) => {
      executor = undefined;
      throw error;
    });
    const folder = await mkdtemp(join(tmpdir(), 'mien-segment-'));
    try {
      const result = await orStop(work(running, folder), signal);
      signal.throwIfAborted();
      return result as T; // Only an abort leaves it out.
    } catch (error) {
      if (signal.aborted || isWorkerFault(error)) await replace();
      throw signal.aborted ? signal.reason : withName(error, path, name);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return {
    analyze: ({ name, path, model, settings: sampling }, signal, onProgress) =>
      use({ name, path, model }, signal, async (running, folder) => {
        const journal = join(folder, 'journal');
        const notes: string[] = [];
        await running.run(
          { source: path, sampling: { ...sampling, signal }, journal },
          { onProgress, onNote: (line) => notes.push(line) },
        );
        const note = notes.length === 0 ? undefined : notes.join('\n').replaceAll(path, name);
        return { ...(await compress(journal, name)), labels: running.labels, note };
      }),
    readChunk: ({ name, path, model, settings: sampling, chunk }, signal, onProgress) =>
      use({ name, path, model }, signal, async (running, folder) => {
        const readings = join(folder, 'readings');
        const task = { source: path, sampling: { ...sampling, signal }, chunk, readings };
        const { frames, error } = await running.readChunk(task, { onProgress });
        const hash = createHash('sha256');
        const packed = createGzip();
        const count = async function* (parts: AsyncIterable<Buffer>) {
          for await (const part of parts) {
            hash.update(part);
            yield part;
          }
        };
        const [bytes] = await Promise.all([
          buffer(packed),
          pipeline(createReadStream(readings), count, packed),
        ]);
        const failed = error && { code: error.code, message: error.message.replaceAll(path, name) };
        return { bytes, sha256: hash.digest('hex'), frames, ...(failed && { error: failed }) };
      }),
    join: ({ name, model, chunks }, signal, onProgress) =>
      use({ name, model }, signal, async (running, folder) => {
        const journal = join(folder, 'journal');
        const end = await running.joinChunks({ source: name, chunks, journal, signal }, { onProgress });
        if (end.state !== 'done') return end;
        return {
          ...(await compress(journal, name)),
          ...{ state: 'done', labels: running.labels, note: undefined },
        };
      }),
    close: replace,
  };
}

/** A thread that was ended never answers. */
async function orStop<T>(analysis: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    onAbort = () => {
      timer = setTimeout(resolve, STOP_MS, undefined);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([analysis, stopped]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    analysis.catch(() => undefined);
  }
}

/** The worker failed, not the file (its thread died, its disk is full): another attempt may succeed. */
export function isWorkerFault(error: unknown): boolean {
  return !(error instanceof MienError) || error.code === 'WORKER_FAILED' || error.code === 'OUTPUT_FAILED';
}

/**
 * Messages name the file by its place in the store, which nobody outside knows. What is the worker's fault goes to its log,
 * which holds no names.
 */
export function withName(error: unknown, path: string | undefined, name: string): unknown {
  if (!(error instanceof MienError)) return error;
  const shown = isWorkerFault(error) ? 'file' : name;
  const plain =
    path === undefined
      ? error.message.replace(`${name}: `, `${shown}: `)
      : error.message.replaceAll(path, shown);
  return new MienError(error.code, plain, { cause: error.cause });
}

async function compress(journal: string, name: string): Promise<{ bytes: Uint8Array; frames: number }> {
  let frames = 0;
  async function* toLines() {
    // A recording without a frame in the time asked for has no journal.
    if ((await stat(journal).catch(() => undefined)) === undefined) return;
    for await (const record of readJournal(journal)) {
      frames++;
      yield `${JSON.stringify({ ...withoutPictures(record), source: name })}\n`;
    }
  }
  const packed = createGzip();
  // Both are awaited: an error of the journal that nobody expects would end the process.
  const [bytes] = await Promise.all([buffer(packed), pipeline(toLines, packed)]);
  return { bytes, frames };
}
