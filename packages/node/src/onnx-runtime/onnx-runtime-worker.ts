/** The worker of `create-blocking-predictor.ts`: an onnxruntime session that runs one batch after another. */
import { createRequire } from 'node:module';
import { workerData, type MessagePort } from 'node:worker_threads';
import type { OnnxBatch, OnnxRuntime } from '@mien/formats';
import type { Answer, WorkerTask } from './create-blocking-predictor.js';

/** Builds for pages have settings of their own, which Node's lacks. */
type Runtime = OnnxRuntime & { readonly env?: { readonly wasm?: { numThreads?: number } } };

/** Errors only: warnings about a model do not help its user. */
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

async function open(): Promise<(batch: OnnxBatch) => Promise<Float32Array>> {
  const runtime = createRequire(import.meta.url)(runtimePath) as Runtime;
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
  port.on('message', (batch: OnnxBatch) => {
    compute(batch).then((output) => {
      answer({ output });
    }, answerError);
  });
  answer({ output: new Float32Array(0) });
} catch (cause) {
  answerError(cause);
}
