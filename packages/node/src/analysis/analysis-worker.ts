/** The worker thread of `worker-executor.ts`: an analyzer that analyses one source after another. */
import { parentPort, workerData } from 'node:worker_threads';
import { MienError } from '@mien/core';
import { analyzeSource, type SourceProgress } from './analyze-source.js';
import { openAnalyzer, type AnalyzerSettings } from './open-analyzer.js';
import type { FromWorker, PlainError, ToWorker } from './worker-executor.js';

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
    const task = { ...message.task, sampling: { ...message.task.sampling, signal } };
    let lastMs = -Infinity;
    const onProgress = (progress: SourceProgress): void => {
      const nowMs = performance.now();
      if (nowMs - lastMs < PROGRESS_INTERVAL_MS) return;
      lastMs = nowMs;
      say({ kind: 'progress', progress });
    };
    const onNote = (line: string): void => {
      say({ kind: 'note', line });
    };
    analyzeSource(opened, task, { onProgress, onNote }).then(
      () => {
        say({ kind: 'done' });
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

function toPlain(error: unknown): PlainError {
  if (error instanceof MienError) {
    const systemCode = (error.cause as NodeJS.ErrnoException | undefined)?.code;
    return { code: error.code, message: error.message, systemCode };
  }
  return { code: undefined, message: error instanceof Error ? error.message : String(error) };
}
