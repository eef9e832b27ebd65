import type { Classifier, Predictor } from '../model/model.js';
import { createNetwork } from '../nn/network.js';

/**
 * Prepares the network of a model: in this engine for a `Model`, in its own one for an external model. The stages
 * around it (cropping, naming, measuring) are the same for both.
 *
 * @throws MienError `MODEL_INVALID` when the model's graph cannot be compiled
 */
export function createPredictor(model: Classifier): Promise<Predictor> {
  return 'createPredictor' in model ? model.createPredictor() : createNetwork(model.graph, model.weights);
}
