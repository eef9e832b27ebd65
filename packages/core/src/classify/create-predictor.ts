/**
 * Prepares a model's network. A predictor takes faces as they are cropped (red, green, blue or grey, in the manifest's
 * range) and gives probabilities, whatever the network itself wants and gives: see `model/input-contract.ts`, `normalize-inputs.ts` and
 * `model/network-outputs.ts`.
 */
import { normalizationOf } from '../model/input-contract.js';
import type { AsyncClassifier, AsyncPredictor, Classifier, Predictor } from '../model/model.js';
import { toProbabilityRows } from '../model/network-outputs.js';
import { createNetwork } from '../nn/network.js';
import { normalizeInputs } from './normalize-inputs.js';

/**
 * Prepares a model's network: a `Model` runs in this engine, an `ExternalModel` in its own.
 *
 * @throws MienError `MODEL_INVALID` if the model's graph cannot be compiled
 */
export async function createPredictor(model: Classifier): Promise<Predictor> {
  const network = await ('createPredictor' in model
    ? model.createPredictor()
    : createNetwork(model.graph, model.weights));
  if ('isPrepared' in model) return network;
  const { before, after } = aroundOf(model);
  return { predict: (inputs, count) => after(network.predict(before(inputs), count), count) };
}

/**
 * Prepares the network of any model for asynchronous use.
 *
 * @throws MienError `MODEL_INVALID` if the model's graph cannot be compiled
 */
export async function createAsyncPredictor(model: AsyncClassifier): Promise<AsyncPredictor> {
  if ('createAsyncPredictor' in model) {
    const network = await model.createAsyncPredictor();
    if (model.isPrepared === true) return network;
    const { before, after } = aroundOf(model);
    return {
      predict: async (inputs, count) => after(await network.predict(before(inputs), count), count),
      dispose: () => network.dispose?.(),
    };
  }
  const predictor = await createPredictor(model);
  return {
    predict: (inputs, count) =>
      new Promise((resolve) => {
        resolve(predictor.predict(inputs, count)); // If it throws, the promise rejects.
      }),
  };
}

/** What happens before and after the network runs. */
function aroundOf({ manifest, labels }: Pick<AsyncClassifier, 'manifest' | 'labels'>) {
  const { input, outputs: kind, id } = manifest;
  const normalization = normalizationOf(input);
  return {
    before: (inputs: Float32Array) => normalizeInputs(inputs, input, normalization),
    after: (outputs: Float32Array, count: number) =>
      // Rows of another length are refused by those who know which faces they are of.
      outputs.length === count * labels.length
        ? toProbabilityRows(outputs, labels.length, kind, id)
        : outputs,
  };
}
