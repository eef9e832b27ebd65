/**
 * A predictor whose work another thread does while this one waits.
 *
 *   here            Atomics.wait ───────────────────────────────────── wakes, takes the answer from the port
 *   the worker      message → session.run(…) → answer to the port → Atomics.notify
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { MienError, type Predictor } from '@mien/core';
import type { PictureInput } from '@mien/formats';
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
  const [batch] = picture.dims;
  const atOnce = typeof batch === 'number' && batch > 0 ? batch : Infinity;
  const [height, width, channels] = picture.shape;
  const length = height * width * channels;
  return {
    predict(inputs, count) {
      const outputs = new Float32Array(count * classes);
      for (let done = 0; done < count;) {
        const pictures = Math.min(atOnce, count - done);
        const data = toLayout(inputs.slice(done * length, (done + pictures) * length), picture);
        const dims = [pictures, 1, 1, 1];
        picture.axes.forEach((axis, index) => (dims[axis] = picture.shape[index] ?? 1));
        const output = ask({ data, dims });
        if (output.length !== pictures * classes) {
          throw new MienError(
            'MODEL_INVALID',
            `${source}: gives ${output.length / pictures} numbers for a picture and has ${classes} labels`,
          );
        }
        outputs.set(output, done * classes);
        done += pictures;
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

/** `[count, height, width, channels]` as the model has its axes. */
function toLayout(pixels: Float32Array, { axes, shape }: PictureInput): Float32Array {
  const [height, width, channels] = shape;
  const isChannelsLast = axes[2] === 3;
  if (isChannelsLast || channels === 1) return pixels;
  const plane = height * width;
  const result = new Float32Array(pixels.length);
  for (let start = 0; start < pixels.length; start += plane * channels) {
    for (let channel = 0; channel < channels; channel++) {
      for (let at = 0; at < plane; at++) {
        result[start + channel * plane + at] = pixels[start + at * channels + channel] ?? 0;
      }
    }
  }
  return result;
}
