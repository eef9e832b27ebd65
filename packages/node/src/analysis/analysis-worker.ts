/** The worker thread of `worker-executor.ts`: an analyzer that analyses one source, or chunk of a video, after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { MienError } from '@mien/core';
import { analyzeSource, type SourceObserver, type SourceProgress } from './analyze-source.js';
import { joinChunks } from './join-chunks.js';
import { openAnalyzer, type AnalyzerSettings, type OpenedAnalyzer } from './open-analyzer.js';
import { readChunk } from './read-chunk.js';
import type { FromWorker, PlainError, ToWorker, Work } from './worker-executor.js';

/** The progress line is redrawn ten times a second. */
const PROGRESS_INTERVAL_MS = 100;

const say = (message: FromWorker): void => {
  parentPort?.postMessage(message);
};

let stopping: AbortController | undefined;
try {
  const opened = await openAnalyzer(workerData as AnalyzerSettings, (line) => {
    say({ kind: 'notice', line });
  });
  parentPort?.on('message', (message: ToWorker) => {
    if (message === 'stop') {
      stopping?.abort();
      return;
    }
    stopping = new AbortController();
    const { signal } = stopping;
    let lastMs = -Infinity;
    let untold: SourceProgress | undefined;
    const tell = (): void => {
      if (untold !== undefined) say({ kind: 'progress', progress: untold });
      untold = undefined;
    };
    const onProgress = (progress: SourceProgress): void => {
      untold = progress;
      const nowMs = performance.now();
      if (nowMs - lastMs < PROGRESS_INTERVAL_MS) return;
      lastMs = nowMs;
      tell();
    };
    const onNote = (line: string): void => {
      say({ kind: 'note', line });
    };
    perform(opened, message.work, signal, { onProgress, onNote }).then(
      (result) => {
        // How far a chunk got counts also when it is quick.
        if (message.work.kind === 'chunk') tell();
        say({ kind: 'done', result });
      },
      (error: unknown) => {
        say({ kind: 'done', error: toPlain(error) });
      },
    );
  });
  say({ kind: 'ready', labels: opened.labels });
} catch (error) {
  say({ kind: 'done', error: toPlain(error) });
}

function perform(
  opened: OpenedAnalyzer,
  { kind, task }: Work,
  signal: AbortSignal,
  observer: SourceObserver,
): Promise<unknown> {
  switch (kind) {
    case 'source':
      return analyzeSource(opened, { ...task, sampling: { ...task.sampling, signal } }, observer);
    case 'chunk':
      return readChunk(opened, { ...task, sampling: { ...task.sampling, signal } }, observer);
    case 'join':
      return joinChunks(opened, { ...task, signal }, observer);
    default:
      return kind satisfies never;
  }
}

function toPlain(error: unknown): PlainError {
  if (error instanceof MienError) {
    const systemCode = (error.cause as NodeJS.ErrnoException | undefined)?.code;
    return { code: error.code, message: error.message, systemCode };
  }
  return error instanceof Error
    ? { code: undefined, message: error.message, stack: error.stack }
    : { code: undefined, message: String(error) };
}
