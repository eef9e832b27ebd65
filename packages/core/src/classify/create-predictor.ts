import type { AsyncClassifier, AsyncPredictor, Classifier, Predictor } from '../model/model.js';
import { createNetwork } from '../nn/network.js';

/**
 * Prepares a model's network: a `Model` runs in this engine, an `ExternalModel` in its own.
 *
 * @throws MienError `MODEL_INVALID` if the model's graph cannot be compiled
 */
export function createPredictor(model: Classifier): Promise<Predictor> {
  return 'createPredictor' in model ? model.createPredictor() : createNetwork(model.graph, model.weights);
}

/**
 * Prepares the network of any model for asynchronous use.
 *
 * @throws MienError `MODEL_INVALID` if the model's graph cannot be compiled
 */
export async function createAsyncPredictor(model: AsyncClassifier): Promise<AsyncPredictor> {
  if ('createAsyncPredictor' in model) return model.createAsyncPredictor();
  const predictor = await createPredictor(model);
  return {
    predict: (inputs, count) =>
      new Promise((resolve) => {
        resolve(predictor.predict(inputs, count)); // If it throws, the promise rejects.
      }),
  };
}
