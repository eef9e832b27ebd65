/**
 * A synchronous predictor over the asynchronous onnxruntime: a worker runs the session, and this thread blocks until the
 * result is there.
 *
 *   this thread     Atomics.wait ───────────────────────────────────── wakes, takes the answer from the port
 *   the worker      message → session.run(…) → answer to the port → Atomics.notify
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { MienError, type Predictor } from '@mien/core';
import { runOnnxBatches, type OnnxBatch, type OnnxBatchOptions } from '@mien/formats';
import type { Runtime } from './find-runtime.js';

export interface BlockingPredictorOptions extends OnnxBatchOptions {
  readonly runtime: Runtime;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
}

/** Data that the worker starts with. */
export interface WorkerTask {
  readonly runtimePath: string;
  readonly bytes: Uint8Array;
  /** Number of answers so far; the blocked thread waits for it to change. */
  readonly answers: Int32Array;
}

/** Messages of the worker: first an empty output when it is ready, then the first output of each batch, or an error. */
export type Answer = { readonly output: Float32Array } | { readonly error: string };

/** @throws MienError `UNSUPPORTED` if onnxruntime cannot run the model either */
export async function createBlockingPredictor(options: BlockingPredictorOptions): Promise<Predictor> {
  const { runtime, bytes, source } = options;
  const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: port, port2: workerPort } = new MessageChannel();
  const task: WorkerTask = { runtimePath: runtime.path, bytes, answers };
  const worker = new Worker(new URL('./onnx-runtime-worker.js', import.meta.url), {
    workerData: { task, port: workerPort },
    transferList: [workerPort],
  });
  const refused = (problem: string, cause?: unknown) =>
    new MienError('UNSUPPORTED', `${source}: ${runtime.name} cannot run it: ${problem}`, { cause });
  const ready = await new Promise<Answer>((resolve, reject) => {
    port.once('message', resolve);
    worker.once('error', (cause: unknown) => {
      reject(refused(cause instanceof Error ? cause.message : String(cause), cause));
    });
  });
  if ('error' in ready) {
    await worker.terminate();
    throw refused(ready.error);
  }
  // Neither keeps the process alive: a thread that waits for an answer is blocked.
  worker.unref();
  port.unref();

  const ask = (batch: OnnxBatch): Float32Array => {
    port.postMessage(batch);
    const message = waitForAnswer(port, answers);
    if ('error' in message) throw refused(message.error);
    return message.output;
  };
  return {
    predict(inputs, count) {
      const runs = runOnnxBatches(options, inputs, count);
      let next = runs.next();
      while (next.done !== true) next = runs.next(ask(next.value));
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
