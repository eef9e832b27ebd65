/**
 * A predictor whose work another thread does while this one waits.
 *
 *   here            Atomics.wait ───────────────────────────────────── wakes, takes the answer from the port
 *   the worker      message → session.run(…) → answer to the port → Atomics.notify
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { MienError, type Predictor } from '@mien/core';
import { splitPictures, type PictureInput } from '@mien/formats';
import type { Runtime } from './find-runtime.js';

export interface BlockingPredictorOptions {
  readonly runtime: Runtime;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  readonly picture: PictureInput;
  /** Numbers that are expected for one picture. */
  readonly classes: number;
  /** What error messages name. */
  readonly source: string;
}

/** What the worker is started with. */
export interface WorkerTask {
  readonly runtimePath: string;
  readonly bytes: Uint8Array;
  /** Counts answers; the worker wakes who waits for a change. */
  readonly answers: Int32Array;
}

/** What the worker is asked. */
export interface Question {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** What the worker says: at first that it is ready, then the first output of each question, or what went wrong. */
export type Answer = { readonly output: Float32Array } | { readonly error: string };

/** @throws MienError `UNSUPPORTED` when onnxruntime refuses the model as well */
export async function createBlockingPredictor(options: BlockingPredictorOptions): Promise<Predictor> {
  const { runtime, bytes, picture, classes, source } = options;
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
  // Neither keeps the process alive: whoever waits for an answer waits here.
  worker.unref();
  port.unref();

  const ask = (question: Question): Float32Array => {
    port.postMessage(question);
    const message = waitForAnswer(port, answers);
    if ('error' in message) throw refused(message.error);
    return message.output;
  };
  return {
    predict(inputs, count) {
      const outputs = new Float32Array(count * classes);
      for (const { data, dims, first, count: pictures } of splitPictures(picture, inputs, count)) {
        const output = ask({ data, dims });
        if (output.length !== pictures * classes) {
          throw new MienError(
            'MODEL_INVALID',
            `${source}: gives ${output.length / pictures} numbers for a picture and has ${classes} labels`,
          );
        }
        outputs.set(output, first * classes);
      }
      return outputs;
    },
  };
}

function waitForAnswer(port: MessagePort, answers: Int32Array): Answer {
  for (;;) {
    // Counted before looking: an answer that comes in between ends the waiting at once.
    const seen = Atomics.load(answers, 0);
    const received = receiveMessageOnPort(port) as { message: Answer } | undefined;
    if (received !== undefined) return received.message;
    Atomics.wait(answers, 0, seen);
  }
}
