import { Worker } from 'node:worker_threads';
import { MienError } from '@mien/core';
import type { FromPictureThread, PictureThreadSettings, ToPictureThread } from './thread-messages.js';

/** What a thread tells. */
export interface PictureThreadEvents {
  /** It has loaded its model, or answered: it can take the next task. Comes after the answer. */
  onIdle(): void;
  onAnswer(answer: unknown): void;
  /** Of one picture; the thread goes on. */
  onRefusal(error: Error): void;
  /** The thread has ended. */
  onFailure(error: MienError): void;
}

export interface PictureThread {
  /** Rejects if it cannot start. */
  readonly ready: Promise<void>;
  send(message: ToPictureThread): void;
  end(): Promise<unknown>;
}

/** Never throws: a thread that the system refuses, as beyond a limit of processes, is one that has ended. */
export function startPictureThread(
  settings: PictureThreadSettings,
  events: PictureThreadEvents,
): PictureThread {
  let worker: Worker;
  try {
    worker = new Worker(new URL('./picture-thread.js', import.meta.url), { workerData: settings });
  } catch (cause) {
    const error = new MienError('WORKER_FAILED', `a worker thread cannot start: ${String(cause)}`, { cause });
    queueMicrotask(() => events.onFailure(error)); // The caller does not know the thread yet.
    return { ready: Promise.reject(error), send: () => undefined, end: () => Promise.resolve() };
  }
  let isEnded = false;
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromPictureThread) => {
      switch (message.kind) {
        case 'ready':
          resolve();
          break;
        case 'answer':
          events.onAnswer(message.value);
          break;
        case 'error':
          events.onRefusal(toError(message));
          break;
        default:
          message satisfies never;
      }
      events.onIdle();
    });
    worker.on('error', (cause) => {
      const error = new MienError('WORKER_FAILED', `a worker thread ended: ${String(cause)}`, { cause });
      reject(error);
      events.onFailure(error);
    });
    worker.on('exit', (code) => {
      if (isEnded) return;
      const error = new MienError('WORKER_FAILED', `a worker thread ended with exit code ${code}`);
      reject(error);
      events.onFailure(error);
    });
  });
  return {
    ready,
    send: (message) => worker.postMessage(message),
    end() {
      isEnded = true;
      return worker.terminate();
    },
  };
}

function toError({ code, message }: { code: MienError['code'] | undefined; message: string }): Error {
  return code === undefined ? new Error(message) : new MienError(code, message);
}
