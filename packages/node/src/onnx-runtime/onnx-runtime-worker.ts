/** The worker of `start-session.ts`: an onnxruntime session that runs one batch after another. */
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import type { OnnxBatch, OnnxRuntime } from '@mien/formats';
import { WORD, type Answer, type WorkerData } from './session-messages.js';

/** Builds for pages have settings of their own, which Node's lacks. */
type Runtime = OnnxRuntime & { readonly env?: { readonly wasm?: { numThreads?: number } } };

/** Errors only: warnings about a model do not help its user. */
const LOG_ERRORS = 3;

const { task, port } = workerData as WorkerData;
const { runtimePath, bytes, state } = task;

const wake = (): void => {
  Atomics.add(state, WORD.answers, 1);
  Atomics.notify(state, WORD.answers);
};
const answer = (value: Answer): void => {
  port.postMessage(value);
  wake();
};
// Also after an error that nobody caught. A blocked thread gets no event about it.
process.on('exit', () => {
  Atomics.store(state, WORD.ended, 1);
  wake();
});
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
