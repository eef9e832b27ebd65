/** The worker thread of `start-session.ts`: an onnxruntime session that answers one question after another. */
import { createRequire } from 'node:module';
import { workerData, type MessagePort } from 'node:worker_threads';
import type { Answer, Question, WorkerTask } from './session-messages.js';

/** The part of onnxruntime's interface that is used here; its packages share it. */
interface OnnxRuntime {
  readonly env?: { readonly wasm?: { numThreads?: number } };
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, object>>): Promise<Readonly<Record<string, { data: unknown }>>>;
}

/** Errors only: nobody who runs a model can act on warnings about it. */
const LOG_ERRORS = 3;

const { task, port } = workerData as { task: WorkerTask; port: MessagePort };
const { runtimePath, bytes, answers } = task;

const answer = (value: Answer): void => {
  port.postMessage(value);
  Atomics.add(answers, 0, 1);
  Atomics.notify(answers, 0);
};
const answerError = (cause: unknown): void => {
  answer({ error: cause instanceof Error ? cause.message : String(cause) });
};

async function open(): Promise<(question: Question) => Promise<Float32Array>> {
  const runtime = createRequire(import.meta.url)(runtimePath) as OnnxRuntime;
  if (runtime.env?.wasm !== undefined) runtime.env.wasm.numThreads = 1;
  const session = await runtime.InferenceSession.create(bytes, { logSeverityLevel: LOG_ERRORS });
  const [input = ''] = session.inputNames;
  const [output = ''] = session.outputNames;
  return async ({ data, dims }) => {
    const results = await session.run({ [input]: new runtime.Tensor('float32', data, dims) });
    const values = results[output]?.data;
    if (!(values instanceof Float32Array)) throw new Error(`its output ${output} is not float32`);
    return values;
  };
}

try {
  const compute = await open();
  port.on('message', (question: Question) => {
    compute(question).then((output) => {
      answer({ output });
    }, answerError);
  });
  answer({ output: new Float32Array(0) });
} catch (cause) {
  answerError(cause);
}
