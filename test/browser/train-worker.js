// Runs in the page's worker.
import { runTraining } from './run-training.js';

globalThis.onmessage = async ({ data }) => {
  try {
    globalThis.postMessage({ result: await runTraining(data) });
  } catch (error) {
    globalThis.postMessage({ error: error.message });
  }
};
