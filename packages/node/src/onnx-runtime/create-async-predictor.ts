/** A predictor over an onnxruntime session in a worker; this thread goes on with its other work meanwhile. */
import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import type { AsyncPredictor } from '@mien/core';
import { runOnnxBatches, type OnnxBatch } from '@mien/formats';
import type { Answer } from './session-messages.js';
import { startSession, type SessionOptions } from './start-session.js';

/** @throws MienError `UNSUPPORTED` if onnxruntime cannot run the model either */
export async function createAsyncPredictor(options: SessionOptions): Promise<AsyncPredictor> {
  const { worker, port, toOutput } = await startSession(options);
  return {
    async predict(inputs, count) {
      const runs = runOnnxBatches(options, inputs, count);
      let next = runs.next();
      while (next.done !== true) next = runs.next(toOutput(await ask(port, next.value)));
      return next.value;
    },
    async dispose() {
      await worker.terminate();
    },
  };
}

async function ask(port: MessagePort, batch: OnnxBatch): Promise<Answer> {
  port.ref(); // The process stays alive until the answer is there.
  try {
    const answer = once(port, 'message') as Promise<[Answer]>;
    port.postMessage(batch);
    return (await answer)[0];
  } finally {
    port.unref();
  }
}
