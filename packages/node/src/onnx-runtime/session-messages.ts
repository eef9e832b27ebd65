/** Messages between this thread, which sends batches ({@link OnnxBatch}), and the worker of an onnxruntime session. */
import type { MessagePort } from 'node:worker_threads';

/** What the worker starts with. */
export interface WorkerTask {
  readonly runtimePath: string;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  /** Number of answers so far; a blocked thread waits for it to change. */
  readonly answers: Int32Array;
}

export interface WorkerData {
  readonly task: WorkerTask;
  readonly port: MessagePort;
}

/** Messages of the worker: first an empty output when it is ready, then the first output of each batch, or an error. */
export type Answer = { readonly output: Float32Array } | { readonly error: string };
