/** An onnxruntime session in a worker thread, which answers questions in their order. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { MienError } from '@mien/core';
import type { PictureInput } from '@mien/formats';
import type { Runtime } from './find-runtime.js';
import type { Answer, WorkerTask } from './session-messages.js';

export interface SessionOptions {
  readonly runtime: Runtime;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  readonly picture: PictureInput;
  /** Numbers that are expected for one picture. */
  readonly classes: number;
  /** What error messages name. */
  readonly source: string;
}

export interface Session {
  readonly worker: Worker;
  /** For {@link Question}s, answered by {@link Answer}s. Neither port nor worker keeps the process alive. */
  readonly port: MessagePort;
  /** Counts answers. */
  readonly answers: Int32Array;
  /** @throws MienError `UNSUPPORTED` for an answer that is an error */
  readonly toOutput: (answer: Answer) => Float32Array;
}

/** @throws MienError `UNSUPPORTED` if onnxruntime refuses the model as well */
export async function startSession({ runtime, bytes, source }: SessionOptions): Promise<Session> {
  const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: port, port2: workerPort } = new MessageChannel();
  const task: WorkerTask = { runtimePath: runtime.path, bytes, answers };
  const worker = new Worker(new URL('./onnx-runtime-worker.js', import.meta.url), {
    workerData: { task, port: workerPort },
    transferList: [workerPort],
    execArgv: [], // Not this program's own: `--input-type` is refused for a worker.
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
