/**
 * Threads in a page, or in a worker of a page: web workers.
 *
 * Only a cross-origin-isolated page may share memory with its workers. The worker is a module at a URL that bundlers
 * understand; no code is made at run time, so that a strict content security policy can allow it.
 */
import type { ThreadHost } from './thread-host.js';

const canShare = () => typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated;

export const threadHost: ThreadHost = {
  availableThreads: () => (canShare() ? navigator.hardwareConcurrency : 1),

  whyAlone: () =>
    canShare()
      ? undefined
      : 'this page is not cross-origin isolated: serve it with the headers ' +
        '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"',

  startThread: (seat) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./web-thread.js', import.meta.url), { type: 'module' });
      const terminate = async () => {
        worker.terminate();
      };
      worker.onerror = (event: Event) => {
        // Taken care of: it must not go on as an error of the page. In a run the leader learns of it from the meeting
        // point.
        event.preventDefault();
        // A script that could not be loaded gives an event without a message.
        const reason =
          event instanceof ErrorEvent ? event.message : 'its script web-thread.js could not be loaded';
        reject(new Error(reason));
        void terminate();
      };
      worker.onmessage = () => {
        resolve({ terminate });
      };
      worker.postMessage(seat);
    }),
};
