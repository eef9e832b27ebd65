/**
 * Analyses one segment at a time in a worker thread of its own, so that the loop that sends heartbeats stays free.
 *
 * A thread that dies, or that does not stop when asked, is replaced.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { MienError } from '@mien/core';
import {
  createExecutor,
  readJournal,
  type AnalyzerSettings,
  type Executor,
  type SourceProgress,
} from '@mien/node/analysis';
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

export interface SegmentAnalyst {
  /**
   * @param signal ends the analysis: it then rejects with the signal's reason
   * @throws MienError for a file that cannot be analysed; another error if the thread died
   */
  analyze(
    input: SegmentInput,
    signal: AbortSignal,
    onProgress: (progress: SourceProgress) => void,
  ): Promise<SegmentReadings>;
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
  return {
    async analyze({ name, path, model = settings.model, settings: sampling }, signal, onProgress) {
      signal.throwIfAborted();
      if (model !== loaded) await replace();
      loaded = model;
      executor ??= createExecutor({ ...settings, model }, 1, () => undefined, 'workers');
      const running = await executor.catch((error: unknown) => {
        executor = undefined;
        throw error;
      });
      const folder = await mkdtemp(join(tmpdir(), 'mien-segment-'));
      const journal = join(folder, 'journal');
      const notes: string[] = [];
      try {
        const analysis = running.run(
          { source: path, sampling: { ...sampling, signal }, journal },
          { onProgress, onNote: (line) => notes.push(line) },
        );
        await orStop(analysis, signal);
        signal.throwIfAborted();
        const { bytes, frames } = await compress(journal, name);
        const note = notes.length === 0 ? undefined : notes.join('\n').replaceAll(path, name);
        return { bytes, frames, labels: running.labels, note };
      } catch (error) {
        if (signal.aborted || isWorkerFault(error)) await replace();
        throw signal.aborted ? signal.reason : withName(error, path, name);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    close: replace,
  };
}

/** A thread that was ended never answers. */
async function orStop(analysis: Promise<void>, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    onAbort = () => {
      timer = setTimeout(resolve, STOP_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([analysis, stopped]);
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

/** Messages name the file by its place in the store, which nobody outside knows. */
function withName(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof MienError)) return error;
  return new MienError(error.code, error.message.replaceAll(path, name), { cause: error.cause });
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
  const bytes = await buffer(Readable.from(toLines()).pipe(createGzip()));
  return { bytes, frames };
}
