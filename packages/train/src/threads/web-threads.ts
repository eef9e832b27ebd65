/**
 * Threads in a page, or in a worker of a page: web workers.
 *
 * Only a cross-origin-isolated page may share memory with its workers. The worker is a module at a URL that bundlers
 * recognize; no code is generated at run time, so that it works under a strict content security policy.
 */
import type { ThreadHost } from './thread-host.js';

const canShare = () => typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated;

export const threadHost: ThreadHost = {
  availableThreads: () => (canShare() ? navigator.hardwareConcurrency : 1),

  whySingleThreaded: () =>
    canShare()
      ? undefined
      : 'this page is not cross-origin isolated: serve it with the headers ' +
        '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp"',

  startThread: (args) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./web-thread.js', import.meta.url), { type: 'module' });
      const terminate = async () => {
        worker.terminate();
      };
      worker.onerror = (event: Event) => {
        // Handled here, so it must not become an error of the page. During a run the leader notices at the barrier.
        event.preventDefault();
        // A script that cannot be loaded gives an event without a message.
        const reason =
          event instanceof ErrorEvent ? event.message : 'its script web-thread.js could not be loaded';
        reject(new Error(reason));
        void terminate();
      };
      worker.onmessage = () => {
        resolve({ terminate });
      };
      worker.postMessage(args);
    }),
};
