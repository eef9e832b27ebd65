/** What this thread and the thread of an onnxruntime session send each other. */

/** What the worker is started with. */
export interface WorkerTask {
  readonly runtimePath: string;
  /** The ONNX file. */
  readonly bytes: Uint8Array;
  /** One counter of answers; the worker wakes threads that wait for it to change. */
  readonly answers: Int32Array;
}

/** A batch, in the model's layout. */
export interface Question {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** An empty output once the session is ready, then the first output of each question; or what went wrong. */
export type Answer = { readonly output: Float32Array } | { readonly error: string };
