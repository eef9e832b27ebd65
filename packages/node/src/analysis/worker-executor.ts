/**
 * Analyses several sources at the same time, each in a worker with its own analyzer.
 *
 * A free worker takes the next source and stores its results in a journal. Results are printed elsewhere, in the order of
 * the sources.
 */
import { Worker } from 'node:worker_threads';
import { MienError, type ErrorCode } from '@mien/core';
import type { SourceObserver, SourceProgress, SourceTask } from './analyze-source.js';
import type { Executor } from './executor.js';
import type { AnalyzerSettings } from './open-analyzer.js';

/** Messages to a worker. */
export type ToWorker = { readonly task: Omit<SourceTask, 'sampling'> & { sampling: object } } | 'stop';

/** Messages of a worker: it is ready, what it has to say, its progress, and the end of a source. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly labels: readonly string[] }
  | { readonly kind: 'notice'; readonly line: string }
  | { readonly kind: 'note'; readonly line: string }
  | { readonly kind: 'progress'; readonly progress: SourceProgress }
  | { readonly kind: 'done'; readonly error?: PlainError };

/** An error as plain data. */
export interface PlainError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  /** Error code of the system, if that was the cause. */
  readonly systemCode?: string | undefined;
}

interface Waiting {
  readonly task: SourceTask;
  readonly observer: SourceObserver;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** @throws MienError as opening the analyzer */
export async function createWorkerExecutor(
  settings: AnalyzerSettings,
  jobs: number,
  onNotice: (line: string) => void,
): Promise<Executor> {
  // All workers open the same model; the notices of the first are enough.
  const workers = Array.from(
    { length: jobs },
    (_, index) => new AnalysisWorker(settings, index === 0 ? onNotice : () => undefined),
  );
  const waiting: Waiting[] = [];
  const idle: AnalysisWorker[] = [];
  const start = () => {
    while (waiting.length > 0) {
      const worker = idle.pop();
      if (worker === undefined) return;
      const next = waiting.shift();
      if (next === undefined) return;
      const { task, observer, resolve, reject } = next;
      worker
        .run(task, observer)
        .then(resolve, reject)
        .finally(() => {
          idle.push(worker);
          start();
        });
    }
  };
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.end()));
  };
  try {
    const [labels = []] = await Promise.all(workers.map((worker) => worker.ready));
    idle.push(...workers);
    return {
      labels,
      jobs,
      run: (task, observer) =>
        new Promise((resolve, reject) => {
          waiting.push({ task, observer, resolve, reject });
          start();
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

class AnalysisWorker {
  readonly ready: Promise<readonly string[]>;
  readonly #worker: Worker;
  #observer: SourceObserver | undefined;
  #settle: ((error?: Error) => void) | undefined;
  #dead: Error | undefined;

  constructor(settings: AnalyzerSettings, onNotice: (line: string) => void) {
    this.#worker = new Worker(new URL('./analysis-worker.js', import.meta.url), { workerData: settings });
    this.ready = new Promise((resolve, reject) => {
      this.#settle = (error) => {
        if (error !== undefined) reject(error);
      };
      this.#worker.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'ready':
            resolve(message.labels);
            break;
          case 'notice':
            onNotice(message.line);
            break;
          case 'progress':
            this.#observer?.onProgress(message.progress);
            break;
          case 'note':
            this.#observer?.onNote(message.line);
            break;
          case 'done':
            this.#settle?.(message.error && toError(message.error));
            break;
          default:
            message satisfies never;
        }
      });
    });
    // If a worker dies (out of memory, for example), its current source and all later ones fail.
    this.#worker.on('error', (error) => {
      this.#dead = new MienError('WORKER_FAILED', `a worker ended: ${String(error)}; use fewer --jobs`, {
        cause: error,
      });
      this.#settle?.(this.#dead);
    });
  }

  run({ sampling: { signal, ...sampling }, ...task }: SourceTask, observer: SourceObserver): Promise<void> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    if (signal?.aborted === true) return Promise.resolve(); // A message would arrive only after the start.
    this.#observer = observer;
    const stop = () => {
      this.#worker.postMessage('stop' satisfies ToWorker);
    };
    return new Promise<void>((resolve, reject) => {
      this.#settle = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#worker.postMessage({ task: { ...task, sampling } } satisfies ToWorker);
      signal?.addEventListener('abort', stop, { once: true });
    }).finally(() => signal?.removeEventListener('abort', stop));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function toError({ code, message, systemCode }: PlainError): Error {
  const cause = { code: systemCode };
  return code === undefined ? new Error(message) : new MienError(code, message, { cause });
}
