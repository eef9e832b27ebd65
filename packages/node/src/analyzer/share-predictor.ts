/**
 * One network for several analyzers: the analyzer of the pictures, and one for each video that is being read. A network
 * computes one batch at a time, so batches that come at the same time wait for each other.
 */
import { createAsyncPredictor, type AsyncClassifier, type AsyncExternalModel } from '@mien/core';

export interface SharedPredictor {
  /** A model whose predictors are all the same one. */
  readonly model: AsyncExternalModel;
  /** Waits for the last batch; once, however often it is called. */
  dispose(): Promise<void>;
}

/** @throws MienError what `createAsyncPredictor` throws */
export async function sharePredictor(model: AsyncClassifier): Promise<SharedPredictor> {
  const { manifest, labels } = model;
  const predictor = await createAsyncPredictor(model);
  /** Settles when all batches so far are done; never rejects. */
  let queue: Promise<unknown> = Promise.resolve();
  const enqueue = <Result>(task: () => Promise<Result> | Result): Promise<Result> => {
    const result = queue.then(task);
    queue = result.catch(() => undefined);
    return result;
  };
  let disposing: Promise<void> | undefined;
  const shared = {
    predict: (inputs: Float32Array, count: number) => enqueue(() => predictor.predict(inputs, count)),
  };
  return {
    model: {
      manifest,
      labels,
      engine: 'engine' in model ? model.engine : 'mien',
      isPrepared: true,
      createAsyncPredictor: () => Promise.resolve(shared),
    },
    dispose: () => (disposing ??= enqueue(async () => predictor.dispose?.())),
  };
}
