/**
 * The page's end of the worker: calls that are promises, and an end of the worker that rejects all of them.
 *
 * A worker that dies of an error in its code says so by an event. One that the browser ends (out of memory) says nothing,
 * so it holds a lock for as long as it lives, and the page waits for the same lock.
 */
import { MienError } from '@mien/core';
import { fromErrorData } from './protocol/error-data.js';
import type { Answers, Request, Response, Task } from './protocol/messages.js';

interface PendingCall {
  readonly resolve: (result: Answers[keyof Answers]) => void;
  readonly reject: (error: Error) => void;
}

export class WorkerClient {
  readonly lockName = `mien-${Math.random().toString(36).slice(2)}`;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  readonly #watching = new AbortController();
  /** Rejects when the worker has ended. */
  readonly #end: Promise<never>;
  #rejectEnd: (reason: Error) => void = () => undefined;
  #nextId = 1;
  /** Why no further call is taken. */
  #ended: Error | undefined;
  #hasAnswered = false;

  /** @throws MienError `WORKER_FAILED` where the browser or the page's policy has no workers for this script */
  constructor(private readonly url: URL) {
    this.#end = new Promise((_, reject) => (this.#rejectEnd = reject));
    this.#end.catch(() => undefined); // Nobody need wait for it.
    this.#worker = startWorker(url);
    this.#worker.onmessage = ({ data }: MessageEvent<Response>) => this.#settle(data);
    this.#worker.onmessageerror = () => this.#fail('sent a message that cannot be read');
    this.#worker.onerror = (event) => {
      event.preventDefault(); // It goes to the callers instead of the page.
      // A script that could not be loaded gives an event without a message.
      this.#fail(event instanceof ErrorEvent && event.message !== '' ? event.message : undefined);
    };
  }

  /**
   * @param transfer what changes hands instead of being copied
   * @throws MienError as the worker did, or when the worker has ended; the signal's reason when that is aborted
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
      } catch (cause) {
        this.#pending.delete(id);
        settled.abort();
        throw cause;
      }
    });
  }

  /** What is waited for beside the worker, as long as that has not ended. */
  raceEnd<T>(other: Promise<T>): Promise<T> {
    return Promise.race([other, this.#end]);
  }

  note(note: Extract<Request, { note: string }>): void {
    if (this.#ended === undefined) this.#post(note);
  }

  /** Ends the worker; pending and later calls are rejected. */
  terminate(reason: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#watching.abort();
    this.#worker.terminate();
    this.#rejectEnd(reason);
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }

  #post(request: Request, transfer: Transferable[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  #settle(response: Response): void {
    // Its first answer is that to `open`, and by then it holds the lock.
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      this.#watchLife();
    }
    const call = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if ('result' in response) call?.resolve(response.result);
    else call?.reject(fromErrorData(response.error));
  }

  /** @param problem `undefined` when the script could not be loaded */
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

  /** Learns of an end that no event tells. */
  #watchLife(): void {
    // Only pages of a secure context have locks.
    const locks = (navigator as { locks?: LockManager }).locks;
    void locks
      ?.request(this.lockName, { signal: this.#watching.signal }, () =>
        this.#fail('it was ended, perhaps for want of memory'),
      )
      .catch(() => undefined); // Aborted: the worker was ended here.
  }
}

const LOADING_ADVICE =
  'check that your bundler or server has put it there (else copy it and set assetsUrl), and that the Content-Security-Policy ' +
  "allows it (worker-src 'self')";

/**
 * A worker's script must come from the origin of the page. From another one, such as that of a CDN, it is imported by a
 * script that is made here, which needs `worker-src blob:`.
 */
function startWorker(url: URL): Worker {
  const options = { type: 'module', name: 'mien' } as const;
  try {
    if (url.origin === location.origin || url.protocol === 'blob:') return new Worker(url, options);
    const script = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
    const scriptUrl = URL.createObjectURL(script);
    const worker = new Worker(scriptUrl, options);
    // The address must last until the script was fetched, which no event tells; a minute is more than any start takes.
    setTimeout(() => URL.revokeObjectURL(scriptUrl), 60_000);
    return worker;
  } catch (cause) {
    throw new MienError('WORKER_FAILED', `worker: ${url.href} could not be started; ${LOADING_ADVICE}`, {
      cause,
    });
  }
}
