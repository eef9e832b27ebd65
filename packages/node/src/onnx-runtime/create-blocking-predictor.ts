/**
 * A predictor for which another thread computes while this one blocks.
 *
 *   here            Atomics.wait ───────────────────────────────────── wakes, takes the answer from the port
 *   the worker      message → session.run(…) → answer to the port → Atomics.notify
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Predictor } from '@mien/core';
import { joinOutputs, toQuestions } from './batches.js';
import type { Answer } from './session-messages.js';
import { startSession, type SessionOptions } from './start-session.js';

/** @throws MienError `UNSUPPORTED` if onnxruntime refuses the model as well */
export async function createBlockingPredictor(options: SessionOptions): Promise<Predictor> {
  const { port, answers, toOutput } = await startSession(options);
  return {
    predict(inputs, count) {
      const questions = toQuestions(inputs, count, options.picture);
      const outputs = questions.map((question) => {
        port.postMessage(question);
        return toOutput(waitForAnswer(port, answers));
      });
      return joinOutputs(outputs, questions, options);
    },
  };
}

function waitForAnswer(port: MessagePort, answers: Int32Array): Answer {
  for (;;) {
    // Read before looking at the port: if an answer comes in between, the wait ends at once.
    const seen = Atomics.load(answers, 0);
    const received = receiveMessageOnPort(port) as { message: Answer } | undefined;
    if (received !== undefined) return received.message;
    Atomics.wait(answers, 0, seen);
  }
}
