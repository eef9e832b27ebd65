/**
 * A synchronous predictor over the asynchronous onnxruntime: a worker runs the session, and this thread blocks until the
 * result is there.
 *
 *   this thread     Atomics.wait ───────────────────────────────────── wakes, takes the answer from the port
 *   the worker      message → session.run(…) → answer to the port → Atomics.notify
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Predictor } from '@mien/core';
import { runOnnxBatches } from '@mien/formats';
import type { Answer } from './session-messages.js';
import { startSession, type SessionOptions } from './start-session.js';

/** @throws MienError `UNSUPPORTED` if onnxruntime cannot run the model either */
export async function createBlockingPredictor(options: SessionOptions): Promise<Predictor> {
  const { port, answers, toOutput } = await startSession(options);
  return {
    predict(inputs, count) {
      const runs = runOnnxBatches(options, inputs, count);
      let next = runs.next();
      while (next.done !== true) {
        port.postMessage(next.value);
        next = runs.next(toOutput(waitForAnswer(port, answers)));
      }
      return next.value;
    },
  };
}

function waitForAnswer(port: MessagePort, answers: Int32Array): Answer {
  for (;;) {
    // Read the count before the port: an answer in between then ends the wait at once.
    const seen = Atomics.load(answers, 0);
    const received = receiveMessageOnPort(port) as { message: Answer } | undefined;
    if (received !== undefined) return received.message;
    Atomics.wait(answers, 0, seen);
  }
}
