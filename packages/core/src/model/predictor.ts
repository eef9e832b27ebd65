/**
 * Whatever turns prepared faces into probabilities: our own engine for a {@link Model}, or something that stands in for
 * it where a model needs what the engine lacks. The stages around it (cropping, naming, measuring) do not differ.
 */
import { createNetwork } from '../nn/network.js';
import type { Model } from './load-model.js';
import type { ClassifierManifest } from './manifest.js';

export interface Predictor {
  /**
   * @param inputs float32 `[count, height, width, channels]`, in the range that the model's manifest states
   * @returns probabilities `[count, labels]`, a copy that the caller owns
   */
  predict(inputs: Float32Array, count: number): Float32Array;
}

/** A model whose network is computed elsewhere; it has the contract of a model and no graph. */
export interface ForeignModel {
  readonly manifest: ClassifierManifest;
  /** The manifest's: meaning of the outputs, in their order. */
  readonly labels: readonly string[];
  /** What computes it, for people: `onnxruntime-node 1.30.0`. */
  readonly engine: string;
  readonly createPredictor: () => Promise<Predictor>;
}

/** Any model that reads faces. */
export type Classifier = Model | ForeignModel;

/**
 * Makes ready what computes a model.
 *
 * @throws MienError `MODEL_INVALID` when the model's graph cannot be compiled
 */
export function createPredictor(model: Classifier): Promise<Predictor> {
  return 'createPredictor' in model ? model.createPredictor() : createNetwork(model.graph, model.weights);
}
