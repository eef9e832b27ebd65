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

export function startPictureThread(
  settings: PictureThreadSettings,
  events: PictureThreadEvents,
): PictureThread {
  const worker = new Worker(new URL('./picture-thread.js', import.meta.url), { workerData: settings });
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
  });
  return { ready, send: (message) => worker.postMessage(message), end: () => worker.terminate() };
}

function toError({ code, message }: { code: MienError['code'] | undefined; message: string }): Error {
  return code === undefined ? new Error(message) : new MienError(code, message);
}
