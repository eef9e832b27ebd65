/**
 * Analyses several sources, or chunks of videos, at the same time, each in a worker with its own analyzer.
 *
 * A free worker takes the next source and stores its results in a journal. Results are printed elsewhere, in the order of
 * the sources. A worker that dies fails only its source: another one takes its place.
 */
import { Worker } from 'node:worker_threads';
import { MienError, type ErrorCode } from '@mien/core';
import type { SourceObserver, SourceProgress, SourceTask } from './analyze-source.js';
import type { Executor } from './executor.js';
import type { JoinEnd, JoinTask } from './join-chunks.js';
import type { AnalyzerSettings } from './open-analyzer.js';
import type { ChunkEnd, ChunkTask } from './read-chunk.js';

/** Messages to a worker. */
export type ToWorker = { readonly work: Work } | 'stop';

/** What a worker can do, as plain data: signals stay here. */
export type Work =
  | { readonly kind: 'source'; readonly task: SourceTask }
  | { readonly kind: 'chunk'; readonly task: ChunkTask }
  | { readonly kind: 'join'; readonly task: JoinTask };

/** Messages of a worker: it is ready, what it has to say, its progress, and the end of a piece of work. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly labels: readonly string[] }
  | { readonly kind: 'notice'; readonly line: string }
  | { readonly kind: 'note'; readonly line: string }
  | { readonly kind: 'progress'; readonly progress: SourceProgress }
  | { readonly kind: 'done'; readonly result?: unknown; readonly error?: PlainError };

/** An error as plain data. */
export interface PlainError {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  /** Error code of the system, if that was the cause. */
  readonly systemCode?: string | undefined;
  /** Of a bug. */
  readonly stack?: string | undefined;
}

type Observer = Pick<SourceObserver, 'onProgress'> & Partial<SourceObserver>;

interface Waiting {
  readonly work: Work;
  readonly signal: AbortSignal | undefined;
  readonly observer: Observer;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** @throws MienError as opening the analyzer */
export async function createWorkerExecutor(
  settings: AnalyzerSettings,
  jobs: number,
  onNotice: (line: string) => void,
): Promise<Executor> {
  const waiting: Waiting[] = [];
  const idle: AnalysisWorker[] = [];
  let isOpen = false;
  /** Why no worker is left. */
  let failure: Error | undefined;
  const refuse = (error: Error) => {
    failure = error;
    for (const { reject } of waiting.splice(0)) reject(error);
  };
  const addWorker = async () => {
    let worker: AnalysisWorker | undefined;
    try {
      worker = new AnalysisWorker(settings, () => undefined, replace); // The system may refuse it.
      workers.add(worker);
      await worker.ready;
      idle.push(worker);
      start();
    } catch (error) {
      if (worker !== undefined) workers.delete(worker);
      void worker?.end();
      if (workers.size === 0) refuse(error as Error);
    }
  };
  const replace = (dead: AnalysisWorker) => {
    if (!isOpen) return;
    workers.delete(dead);
    if (idle.includes(dead)) idle.splice(idle.indexOf(dead), 1);
    void addWorker();
  };
  // All workers open the same model; the notices of the first are enough.
  const workers = new Set(
    Array.from(
      { length: jobs },
      (_, index) => new AnalysisWorker(settings, index === 0 ? onNotice : () => undefined, replace),
    ),
  );
  const start = () => {
    while (waiting.length > 0) {
      const worker = idle.pop();
      if (worker === undefined) return;
      const next = waiting.shift();
      if (next === undefined) return;
      const { work, signal, observer, resolve, reject } = next;
      worker
        .run(work, signal, observer)
        .then(resolve, reject)
        .finally(() => {
          if (worker.isDead) return;
          idle.push(worker);
          start();
        });
    }
  };
  const perform = (work: Work, signal: AbortSignal | undefined, observer: Observer) =>
    new Promise<unknown>((resolve, reject) => {
      if (failure !== undefined) {
        reject(failure);
        return;
      }
      waiting.push({ work, signal, observer, resolve, reject });
      start();
    });
  /** Part of a chunk, or of a video, is no result: as if this thread did it, a stopped one rejects. */
  const performWhole = async (work: Work, signal: AbortSignal | undefined, observer: Observer) => {
    try {
      const result = await perform(work, signal, observer);
      signal?.throwIfAborted();
      return result;
    } catch (error) {
      signal?.throwIfAborted(); // The worker has a signal of its own, with another reason.
      throw error;
    }
  };
  const close = async () => {
    isOpen = false;
    refuse(new MienError('WORKER_FAILED', 'the workers were closed'));
    await Promise.all([...workers].map((worker) => worker.end()));
  };
  try {
    const [labels = []] = await Promise.all([...workers].map((worker) => worker.ready));
    idle.push(...workers);
    isOpen = true;
    return {
      labels,
      jobs,
      async run({ sampling: { signal, ...sampling }, ...task }, observer) {
        await perform({ kind: 'source', task: { ...task, sampling } }, signal, observer);
      },
      async readChunk({ sampling: { signal, ...sampling }, ...task }, observer) {
        const work = { kind: 'chunk', task: { ...task, sampling } } as const;
        return (await performWhole(work, signal, observer)) as ChunkEnd;
      },
      async joinChunks({ signal, ...task }, observer) {
        return (await performWhole({ kind: 'join', task }, signal, observer)) as JoinEnd;
      },
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
  #observer: Observer | undefined;
  #settle: ((error?: Error, result?: unknown) => void) | undefined;
  #dead: Error | undefined;
  #isReady = false;
  readonly #onDeath: (worker: AnalysisWorker) => void;

  /** @param onDeath called once, if it ends after it was ready */
  constructor(
    settings: AnalyzerSettings,
    onNotice: (line: string) => void,
    onDeath: (worker: AnalysisWorker) => void,
  ) {
    this.#onDeath = onDeath;
    this.#worker = new Worker(new URL('./analysis-worker.js', import.meta.url), { workerData: settings });
    this.ready = new Promise((resolve, reject) => {
      this.#settle = (error) => {
        if (error !== undefined) reject(error);
      };
      this.#worker.on('message', (message: FromWorker) => {
        switch (message.kind) {
          case 'ready':
            this.#isReady = true;
            resolve(message.labels);
            break;
          case 'notice':
            onNotice(message.line);
            break;
          case 'progress':
            this.#observer?.onProgress(message.progress);
            break;
          case 'note':
            this.#observer?.onNote?.(message.line);
            break;
          case 'done':
            this.#settle?.(message.error && toError(message.error), message.result);
            break;
          default:
            message satisfies never;
        }
      });
    });
    // If a worker dies (out of memory, for example), its current source fails.
    this.#worker.on('error', (cause) => {
      this.#die(String(cause), cause);
    });
    // Also without an error, such as when it is closed during its work.
    this.#worker.on('exit', (code) => {
      this.#die(`exit code ${code}`);
    });
  }

  #die(reason: string, cause?: unknown): void {
    if (this.#dead !== undefined) return;
    this.#dead = new MienError('WORKER_FAILED', `a worker ended: ${reason}; use fewer jobs`, { cause });
    this.#settle?.(this.#dead);
    if (this.#isReady) this.#onDeath(this);
  }

  get isDead(): boolean {
    return this.#dead !== undefined;
  }

  run(work: Work, signal: AbortSignal | undefined, observer: Observer): Promise<unknown> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    if (signal?.aborted === true) return Promise.resolve(undefined); // A message would arrive only after the start.
    this.#observer = observer;
    const stop = () => {
      this.#worker.postMessage('stop' satisfies ToWorker);
    };
    return new Promise<unknown>((resolve, reject) => {
      this.#settle = (error, result) => {
        if (error === undefined) resolve(result);
        else reject(error);
      };
      this.#worker.postMessage({ work } satisfies ToWorker);
      signal?.addEventListener('abort', stop, { once: true });
    }).finally(() => signal?.removeEventListener('abort', stop));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

function toError({ code, message, systemCode, stack }: PlainError): Error {
  if (code !== undefined) return new MienError(code, message, { cause: { code: systemCode } });
  const bug = new Error(message);
  return stack === undefined ? bug : Object.assign(bug, { stack });
}
