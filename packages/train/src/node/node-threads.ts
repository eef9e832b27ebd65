/** Threads in Node: `node:worker_threads`. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ThreadHost } from '../threads/thread-host.js';

export const threadHost: ThreadHost = {
  availableThreads: availableParallelism,

  whyAlone: () => undefined,

  startThread: (seat) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./node-thread.js', import.meta.url), {
        workerData: seat,
        // A script given by --eval would hand this on to the worker, which is a file and refuses it.
        execArgv: process.execArgv.filter((flag) => !flag.startsWith('--input-type')),
      });
      // Stays for the thread's life: without a listener an error in a run would end the process, and the leader learns
      // of it from the meeting point.
      worker.on('error', reject);
      worker.once('exit', (code) => {
        reject(new Error(`it ended with exit code ${code}`));
      });
      worker.once('message', () => {
        // From now on an idle team must not keep the process alive.
        worker.unref();
        resolve({
          terminate: async () => {
            await worker.terminate();
          },
        });
      });
    }),
};
