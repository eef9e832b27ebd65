/** An onnxruntime session in a worker thread, which answers one batch after another. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { MienError } from '@mien/core';
import type { OnnxBatchOptions } from '@mien/formats';
import type { Runtime } from './find-runtime.js';
import type { Answer, WorkerData } from './session-messages.js';

export interface SessionOptions extends OnnxBatchOptions {
  readonly runtime: Runtime;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
}

export interface Session {
  readonly worker: Worker;
  /** Takes batches, gives {@link Answer}s. Neither port nor worker keeps the process alive. */
  readonly port: MessagePort;
  /** Number of answers so far. */
  readonly answers: Int32Array;
  /** @throws MienError `UNSUPPORTED` for an answer that is an error */
  readonly toOutput: (answer: Answer) => Float32Array;
}

/** @throws MienError `UNSUPPORTED` if onnxruntime cannot run the model either */
export async function startSession({ runtime, bytes, source }: SessionOptions): Promise<Session> {
  const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: port, port2: workerPort } = new MessageChannel();
  const data: WorkerData = { task: { runtimePath: runtime.path, bytes, answers }, port: workerPort };
  const worker = new Worker(new URL('./onnx-runtime-worker.js', import.meta.url), {
    workerData: data,
    transferList: [workerPort],
    execArgv: [], // Not those of this program: a worker refuses `--input-type`.
  });
  const refused = (problem: string, cause?: unknown) =>
    new MienError('UNSUPPORTED', `${source}: ${runtime.name} cannot run it: ${problem}`, { cause });
  const ready = await new Promise<Answer>((resolve, reject) => {
    port.once('message', resolve);
    worker.once('error', (cause: unknown) => {
      reject(refused(cause instanceof Error ? cause.message : String(cause), cause));
    });
  });
  const toOutput = (answer: Answer): Float32Array => {
    if ('error' in answer) throw refused(answer.error);
    return answer.output;
  };
  try {
    toOutput(ready);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  worker.unref();
  port.unref();
  return { worker, port, answers, toOutput };
}
