/** Threads in Node: `node:worker_threads`. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ThreadHost } from '../threads/thread-host.js';

export const threadHost: ThreadHost = {
  availableThreads: availableParallelism,

  whySingleThreaded: () => undefined,

  startThread: (args) =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./node-thread.js', import.meta.url), {
        workerData: args,
        // The flag of --eval scripts would be inherited by the worker, which is a file and rejects it.
        execArgv: process.execArgv.filter((flag) => !flag.startsWith('--input-type')),
      });
      // Stays for the life of the thread: without a listener an error during a run would end the process. The leader
      // notices it at the barrier.
      worker.on('error', reject);
      worker.once('exit', (code) => {
        reject(new Error(`it ended with exit code ${code}`));
      });
      worker.once('message', () => {
        // Idle threads must not keep the process alive.
        worker.unref();
        resolve({
          terminate: async () => {
            await worker.terminate();
          },
        });
      });
    }),
};
