/**
 * The worker: takes one task after the other, in the order in which they were sent, and answers each.
 *
 * Tasks wait for each other, so that the frames of a stream stay in their order whatever their decoding takes.
 */
import { MienError } from '@mien/core';
import { toErrorData } from '../protocol/error-data.js';
import type { Answers, Request, Response, Task } from '../protocol/messages.js';
import { Reading } from './reading.js';

/** What is used here of a dedicated worker's global scope: TypeScript has it in a library that excludes the page's. */
interface WorkerScope {
  readonly navigator: { readonly locks?: LockManager };
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Response): void;
}
const scope = globalThis as unknown as WorkerScope;

let reading: Reading | undefined;
let last: Promise<void> = Promise.resolve();
const cancelled = new Set<number>();

scope.onmessage = ({ data: request }) => {
  if (!('note' in request)) {
    last = last.then(() => answer(request.id, request.task));
  } else if (request.note === 'cancel') {
    cancelled.add(request.id);
  } else {
    last = last.then(() => {
      if (request.note === 'reset') reading?.reset();
      else reading?.closeStream(request.stream);
    });
  }
};

async function answer(id: number, task: Task): Promise<void> {
  if (cancelled.delete(id)) {
    if (task.kind === 'analyze' && task.picture.kind === 'image') task.picture.image.close();
    return;
  }
  try {
    scope.postMessage({ id, result: await carryOut(task) });
  } catch (error) {
    scope.postMessage({ id, error: toErrorData(error) });
  }
}

async function carryOut(task: Task): Promise<Answers[keyof Answers]> {
  switch (task.kind) {
    case 'open':
      await holdLock(task.lockName);
      reading = await Reading.open(task).catch(explain);
      return reading.describe().catch(explain);
    case 'analyze':
      if (reading === undefined) throw new MienError('USAGE', 'worker: a picture came before the models');
      return reading.analyze(task);
    default:
      return task satisfies never;
  }
}

/** Says what a page has to do whose policy forbids WebAssembly. */
function explain(error: unknown): never {
  if (!(error instanceof WebAssembly.CompileError)) throw error;
  throw new MienError(
    'UNSUPPORTED',
    "worker: WebAssembly cannot be compiled; the Content-Security-Policy has to allow it (script-src 'wasm-unsafe-eval'), " +
      'and the browser has to know its SIMD (Chrome 91, Firefox 89, Safari 16.4)',
    { cause: error },
  );
}

/**
 * Holds a lock until this worker ends, in whatever way: the page waits for the same lock and learns of the end.
 * Resolves once it is held, or where the browser grants no locks (pages without a secure context).
 */
function holdLock(name: string): Promise<void> {
  return new Promise((resolve) => {
    const { locks } = scope.navigator;
    if (locks === undefined) resolve();
    else {
      const hold = () => {
        resolve();
        return new Promise(() => undefined);
      };
      locks.request(name, hold).catch(resolve);
    }
  });
}
