/** Messages between this thread, which sends batches ({@link OnnxBatch}), and the worker of an onnxruntime session. */
import type { MessagePort } from 'node:worker_threads';

/** Words of the memory that both threads share. */
export const WORD = {
  /** Number of answers so far, and one more at the worker's end; a blocked thread waits for it to change. */
  answers: 0,
  /** 1 once the worker has ended. */
  ended: 1,
} as const;

/** What the worker starts with. */
export interface WorkerTask {
  readonly runtimePath: string;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  /** What a blocked thread knows of the worker: see {@link WORD}. */
  readonly state: Int32Array;
}

export interface WorkerData {
  readonly task: WorkerTask;
  readonly port: MessagePort;
}

/** Messages of the worker: first an empty output when it is ready, then the first output of each batch, or an error. */
export type Answer = { readonly output: Float32Array } | { readonly error: string };
