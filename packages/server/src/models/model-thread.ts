/** The worker thread of `check-model.ts`: reads a model's file and runs its network once, on a black crop. */
import { parentPort, workerData } from 'node:worker_threads';
import { createAsyncPredictor, MienError } from '@mien/core';
import { resolveModel } from '@mien/node/models';
import type { FromModelThread } from './model-messages.js';

const { path } = workerData as { readonly path: string };

async function check(): Promise<FromModelThread> {
  const notices: string[] = [];
  // Only what our own engine computes: a stranger's file is not passed to another one.
  const model = await resolveModel(path, {}, (line) => notices.push(line));
  const { height, width, channels, range } = model.manifest.input;
  const predictor = await createAsyncPredictor(model);
  const outputs = await predictor.predict(new Float32Array(height * width * channels), 1);
  if (outputs.length !== model.labels.length || !outputs.every(Number.isFinite)) {
    const what = `for a black crop it gives ${outputs.length} numbers that are not all finite`;
    throw new MienError(
      'MODEL_INVALID',
      `${path}: ${what}; expected one for each of ${model.labels.length} labels`,
    );
  }
  return {
    kind: 'model',
    labels: model.labels,
    inputShape: [height, width, channels],
    inputRange: range,
    notices,
  };
}

parentPort?.postMessage(
  await check().catch((error: unknown): FromModelThread => {
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'error', code: error instanceof MienError ? error.code : undefined, message };
  }),
);
