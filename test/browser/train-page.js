// Runs in the page: trains on its main thread or in a worker. Called by the test.
import { runTraining } from './run-training.js';

globalThis.trainOnMainThread = runTraining;

globalThis.trainInWorker = (options) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./train-worker.js', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => {
      worker.terminate();
      if (data.error === undefined) resolve(data.result);
      else reject(new Error(data.error));
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(options);
  });
