/** A predictor for which another thread computes; this one goes on with its other work meanwhile. */
import { once } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import type { AsyncPredictor } from '@mien/core';
import { joinOutputs, toQuestions } from './batches.js';
import type { Answer, Question } from './session-messages.js';
import { startSession, type SessionOptions } from './start-session.js';

/** @throws MienError `UNSUPPORTED` if onnxruntime refuses the model as well */
export async function createAsyncPredictor(options: SessionOptions): Promise<AsyncPredictor> {
  const { worker, port, toOutput } = await startSession(options);
  return {
    async predict(inputs, count) {
      const questions = toQuestions(inputs, count, options.picture);
      const outputs: Float32Array[] = [];
      for (const question of questions) outputs.push(toOutput(await ask(port, question)));
      return joinOutputs(outputs, questions, options);
    },
    async dispose() {
      await worker.terminate();
    },
  };
}

async function ask(port: MessagePort, question: Question): Promise<Answer> {
  port.ref(); // The process stays alive for the answer.
  try {
    const answer = once(port, 'message') as Promise<[Answer]>;
    port.postMessage(question);
    return (await answer)[0];
  } finally {
    port.unref();
  }
}
