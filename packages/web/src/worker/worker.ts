/**
 * The worker: runs tasks one at a time, in the order in which they were sent, and responds to each.
 *
 * Decoding is asynchronous, so tasks are queued: the frames of a stream stay in order.
 */
import { MienError } from '@mien/core';
import { toErrorData } from '../protocol/error-data.js';
import type { Answers, Request, Response, Task } from '../protocol/messages.js';
import { WorkerSession } from './worker-session.js';

/** The part of a worker's global scope that is used here: TypeScript's `WebWorker` library conflicts with `DOM`. */
interface WorkerScope {
  readonly navigator: { readonly locks?: LockManager };
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(message: Response): void;
  close(): void;
}
const scope = globalThis as unknown as WorkerScope;

let session: WorkerSession | undefined;
let last: Promise<void> = Promise.resolve();
/** Tasks that have not started; a cancelled one is not among them. */
const waiting = new Set<number>();
let isEnding = false;

scope.onmessage = ({ data: request }) => {
  if (!('note' in request)) {
    waiting.add(request.id);
    last = last.then(() => answer(request.id, request.task));
  } else if (request.note === 'cancel') {
    waiting.delete(request.id);
  } else if (request.note === 'end') {
    isEnding = true;
    last = last.then(() => scope.close());
  } else {
    last = last.then(() => {
      if (request.note === 'reset') session?.reset();
      else session?.closeStream(request.stream);
    });
  }
};

async function answer(id: number, task: Task): Promise<void> {
  if (!waiting.delete(id) || isEnding) {
    if (task.kind === 'analyze' && task.picture.kind === 'image') task.picture.image.close();
    scope.postMessage({ id, dropped: true });
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
      session = await WorkerSession.open(task).catch(explain);
      return session.describe().catch(explain);
    case 'analyze':
      if (session === undefined) throw new MienError('USAGE', 'worker: a picture was sent before the models');
      return session.analyze(task);
    case 'explain':
      if (session === undefined) throw new MienError('USAGE', 'worker: a face came before the models');
      return session.explain(task);
    case 'describe':
      if (session === undefined)
        throw new MienError('USAGE', 'worker: was asked for a network before the models');
      return session.describeNetwork();
    default:
      return task satisfies never;
  }
}

/** Adds advice for pages whose policy forbids WebAssembly. */
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
 * Holds a Web Lock until this worker ends: the page requests the same lock to detect that.
 * Resolves once it is held, or if there are no Web Locks (without a secure context).
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
