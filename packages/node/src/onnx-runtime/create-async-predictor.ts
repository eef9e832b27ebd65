/** A predictor over an onnxruntime session in a worker; this thread goes on with its other work meanwhile. */
import type { AsyncPredictor } from '@mien/core';
import { runOnnxBatches } from '@mien/formats';
import { startSession, type SessionOptions } from './start-session.js';

/** @throws MienError as {@link startSession}; `predict` rejects with `WORKER_FAILED` if the worker has ended */
export async function createAsyncPredictor(options: SessionOptions): Promise<AsyncPredictor> {
  const { worker, port, receive, toOutput } = await startSession(options);
  return {
    async predict(inputs, count) {
      const runs = runOnnxBatches(options, inputs, count);
      let next = runs.next();
      while (next.done !== true) {
        const answer = receive();
        port.postMessage(next.value);
        next = runs.next(toOutput(await answer));
      }
      return next.value;
    },
    async dispose() {
      await worker.terminate();
    },
  };
}
