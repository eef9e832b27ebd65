/**
 * The page's side of the worker: calls return promises, and all pending calls reject if the worker ends.
 *
 * An uncaught error in the worker fires an event. If the browser terminates the worker (out of memory), no event is fired:
 * so the worker holds a Web Lock, and the page requests the same lock, which it gets when the worker is gone.
 *
 * A worker that still has video frames closes them before it ends: browsers complain of frames that nobody closed.
 */
import { MienError } from '@mien/core';
import { fromErrorData } from './protocol/error-data.js';
import type { Answers, Request, Response, Task } from './protocol/messages.js';

interface PendingCall {
  readonly resolve: (result: Answers[keyof Answers]) => void;
  readonly reject: (error: Error) => void;
}

/** A worker that is busy for longer is terminated with the frames that it has. */
const CLOSING_MS = 1000;

export class WorkerClient {
  readonly lockName = `mien-${Math.random().toString(36).slice(2)}`;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  /** Ids of calls whose frame the worker may not have closed yet. */
  readonly #frames = new Set<number>();
  readonly #watching = new AbortController();
  /** Rejects when the worker ends. */
  readonly #end: Promise<never>;
  #rejectEnd: (reason: Error) => void = () => undefined;
  #nextId = 1;
  /** Why the worker ended. */
  #ended: Error | undefined;
  #hasAnswered = false;

  /** @throws MienError `WORKER_FAILED` if the browser or the page's policy refuses to start it */
  constructor(private readonly url: URL) {
    this.#end = new Promise((_, reject) => (this.#rejectEnd = reject));
    this.#end.catch(() => undefined); // Not an unhandled rejection.
    this.#worker = startWorker(url);
    this.#worker.onmessage = ({ data }: MessageEvent<Response>) => this.#settle(data);
    this.#worker.onmessageerror = () => this.#fail('sent a message that cannot be read');
    this.#worker.onerror = (event) => {
      event.preventDefault(); // Callers get the error instead of the page.
      // If the script cannot be loaded, the event has no message.
      this.#fail(event instanceof ErrorEvent && event.message !== '' ? event.message : undefined);
    };
  }

  /**
   * @param transfer objects that are transferred instead of copied
   * @throws MienError from the worker, or if the worker has ended; the signal's reason if it is aborted
   */
  call<T extends Task>(
    task: T,
    transfer: Transferable[] = [],
    signal?: AbortSignal,
  ): Promise<Answers[T['kind']]> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (this.#ended !== undefined) throw this.#ended;
      const id = this.#nextId++;
      const settled = new AbortController();
      const abort = () => {
        this.#pending.delete(id);
        this.note({ note: 'cancel', id });
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', abort, { once: true, signal: settled.signal });
      this.#pending.set(id, {
        resolve: (result) => {
          settled.abort();
          resolve(result as Answers[T['kind']]);
        },
        reject: (error) => {
          settled.abort();
          reject(error);
        },
      });
      try {
        this.#post({ id, task }, transfer);
        if (transfer.some(isFrame)) this.#frames.add(id);
      } catch (cause) {
        this.#pending.delete(id);
        settled.abort();
        throw cause;
      }
    });
  }

  /** Waits for something else, but rejects if the worker ends first. */
  raceEnd<T>(other: Promise<T>): Promise<T> {
    return Promise.race([other, this.#end]);
  }

  note(note: Extract<Request, { note: string }>): void {
    if (this.#ended === undefined) this.#post(note);
  }

  /** Ends the worker; pending and later calls reject with the reason. */
  terminate(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#watching.abort();
    this.#endWorker();
    this.#rejectEnd(reason);
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #endWorker(): void {
    if (this.#frames.size === 0) {
      this.#worker.terminate();
      return;
    }
    this.#post({ note: 'end' });
    setTimeout(() => this.#worker.terminate(), CLOSING_MS);
  }

  #post(request: Request, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #settle(response: Response): void {
    // The first response is the one to `open`: by then the worker holds the lock.
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      this.#watchLife();
    }
    const call = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    this.#frames.delete(response.id);
    if ('result' in response) call?.resolve(response.result);
    else if ('error' in response) call?.reject(fromErrorData(response.error));
  }

  /** @param problem `undefined` if the script could not be loaded */
  #fail(problem: string | undefined): void {
    this.terminate(
      problem === undefined && !this.#hasAnswered
        ? new MienError('WORKER_FAILED', `worker: ${this.url.href} could not be loaded; ${LOADING_ADVICE}`)
        : new MienError(
            'WORKER_FAILED',
            `worker: ended (${problem ?? 'unknown error'}); create another analyzer`,
          ),
    );
  }

  /** Detects that the browser has terminated the worker. */
  #watchLife(): void {
    // Web Locks need a secure context.
    const locks = (navigator as { locks?: LockManager }).locks;
    void locks
      ?.request(this.lockName, { signal: this.#watching.signal }, () =>
        this.#fail('terminated by the browser, perhaps out of memory'),
      )
      .catch(() => undefined); // Aborted by terminate().
  }
}

/** By name: not every browser has the class. */
function isFrame(object: Transferable): boolean {
  return Object.prototype.toString.call(object) === '[object VideoFrame]';
}

const LOADING_ADVICE =
  'check that your bundler or server has put it there (else copy it and set assetsUrl), and that the Content-Security-Policy ' +
  "allows it (worker-src 'self')";

/**
 * Worker scripts must be same-origin. A script on another origin, such as a CDN, is imported by a blob: script, which needs
 * `worker-src blob:`.
 */
function startWorker(url: URL): Worker {
  const options = { type: 'module', name: 'mien' } as const;
  try {
    if (url.origin === location.origin || url.protocol === 'blob:') return new Worker(url, options);
    const script = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
    const scriptUrl = URL.createObjectURL(script);
    const worker = new Worker(scriptUrl, options);
    // No event says when the script was fetched; a minute is long enough for any start.
    setTimeout(() => URL.revokeObjectURL(scriptUrl), 60_000);
    return worker;
  } catch (cause) {
    throw new MienError('WORKER_FAILED', `worker: ${url.href} could not be started; ${LOADING_ADVICE}`, {
      cause,
    });
  }
}
