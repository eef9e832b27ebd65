/**
 * Analyses pictures over worker threads, in the order in which they came.
 *
 * The queue is bounded: further requests are refused with a time to try again, instead of waiting for an answer that would
 * come too late. A picture that takes too long ends its thread, which is replaced.
 */
import { Worker } from 'node:worker_threads';
import { MienError, type Analysis } from '@mien/core';
import type { FromPictureThread, PictureThreadSettings } from './picture-thread.js';

export interface PicturePoolOptions extends PictureThreadSettings {
  readonly threads: number;
  /** Pictures that may wait, beyond those that are being analysed. */
  readonly maxQueued: number;
  /** For one picture, from the moment a thread takes it. */
  readonly timeLimitMs: number;
}

export interface PicturePool {
  /** Resolves when every thread has loaded its model. */
  readonly ready: Promise<void>;
  /** Pictures that wait or are being analysed. */
  readonly load: number;
  /** Whether so many more pictures fit into the queue. */
  hasRoomFor(count: number): boolean;
  /**
   * @throws MienError for a picture that cannot be read, `INPUT_TOO_LARGE` beyond the limit of pixels; `QueueFullError`;
   *   `TimeLimitError`
   */
  analyze(bytes: Uint8Array): Promise<Analysis>;
  /** Waits for the pictures that are there, and ends the threads. */
  close(): Promise<void>;
}

/** The service has more pictures to analyse than may wait. */
export class QueueFullError extends Error {}

/** A picture took longer than the service allows. */
export class TimeLimitError extends Error {}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly resolve: (analysis: Analysis) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  current: Waiting | undefined;
  timer: NodeJS.Timeout | undefined;
}

export function createPicturePool(options: PicturePoolOptions): PicturePool {
  const { maxQueued, timeLimitMs, maxPixels } = options;
  const waiting: Waiting[] = [];
  const threads = new Set<Thread>();
  const idle: Thread[] = [];
  let onEmpty: (() => void) | undefined;
  let isClosing = false;

  const busy = () => [...threads].filter(({ current }) => current !== undefined).length;
  const load = () => waiting.length + busy();

  const settle = (thread: Thread, end: (current: Waiting) => void) => {
    clearTimeout(thread.timer);
    const { current } = thread;
    thread.current = undefined;
    if (current !== undefined) end(current);
    if (load() === 0) onEmpty?.();
  };
  const next = () => {
    while (waiting.length > 0) {
      const thread = idle.pop();
      if (thread === undefined) return;
      const one = waiting.shift();
      if (one === undefined) return;
      thread.current = one;
      thread.timer = setTimeout(() => {
        const limit = `took longer than ${timeLimitMs / 1000} s`;
        remove(thread, new TimeLimitError(`picture: ${limit}, the limit of this service; make it smaller`));
      }, timeLimitMs);
      thread.worker.postMessage(one.bytes);
    }
  };
  /** Ends a thread and starts another in its place. */
  const remove = (thread: Thread, error: Error) => {
    if (!threads.delete(thread)) return;
    const place = idle.indexOf(thread);
    if (place >= 0) idle.splice(place, 1);
    void thread.worker.terminate();
    settle(thread, ({ reject }) => reject(error));
    if (!isClosing) start().ready.catch(() => undefined);
  };
  const start = (): Thread => {
    const worker = new Worker(new URL('./picture-thread.js', import.meta.url), {
      workerData: { maxPixels } satisfies PictureThreadSettings,
    });
    let isReady = false;
    const ready = new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromPictureThread) => {
        switch (message.kind) {
          case 'ready':
            isReady = true;
            resolve();
            break;
          case 'analysis':
            settle(thread, (current) => current.resolve(message.analysis));
            break;
          case 'error':
            settle(thread, (current) => current.reject(toError(message)));
            break;
          default:
            message satisfies never;
        }
        if (!threads.has(thread)) return;
        idle.push(thread);
        next();
      });
      worker.on('error', (cause) => {
        const error = new MienError('WORKER_FAILED', `a worker thread ended: ${String(cause)}`, { cause });
        reject(error);
        // One that cannot even start would be replaced for ever.
        if (isReady) remove(thread, error);
        else threads.delete(thread);
      });
    });
    const thread: Thread = { worker, ready, current: undefined, timer: undefined };
    threads.add(thread);
    return thread;
  };

  const starting = Array.from({ length: options.threads }, start);
  const ready = Promise.all(starting.map((thread) => thread.ready)).then(() => undefined);
  ready.catch(() => undefined);
  const hasRoomFor = (count: number) => load() + count <= maxQueued + options.threads;
  return {
    ready,
    get load() {
      return load();
    },
    hasRoomFor,
    analyze(bytes) {
      if (isClosing || !hasRoomFor(1)) {
        return Promise.reject(
          new QueueFullError('the service has as many pictures as it can hold; try again later'),
        );
      }
      return new Promise((resolve, reject) => {
        waiting.push({ bytes, resolve, reject });
        next();
      });
    },
    async close() {
      isClosing = true;
      if (load() > 0) await new Promise<void>((resolve) => (onEmpty = resolve));
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}

function toError({ code, message }: { code: MienError['code'] | undefined; message: string }): Error {
  return code === undefined ? new Error(message) : new MienError(code, message);
}
