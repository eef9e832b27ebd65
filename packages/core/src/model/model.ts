/** What a model of the pipeline is: our own network, or one that another engine runs. */
import type { Graph } from '../nn/graph.js';
import type { Weights } from '../nn/tensor.js';
import type { ClassifierManifest } from './manifest.js';

/** A network that this engine runs, with the manifest that says how to feed it and how to read its output. */
export interface Model {
  readonly manifest: ClassifierManifest;
  /** The manifest's labels: the meaning of the network's outputs, in their order. */
  readonly labels: readonly string[];
  readonly graph: Graph;
  readonly weights: Weights;
}

/** Turns prepared faces into probabilities. */
export interface Predictor {
  /**
   * @param inputs float32 `[count, height, width, channels]`, in the range that the model's manifest states
   * @returns probabilities `[count, labels]`, a copy that the caller owns
   */
  predict(inputs: Float32Array, count: number): Float32Array;
}

/** A model whose network another engine runs: it has a model's manifest and no graph. */
export interface ForeignModel {
  readonly manifest: ClassifierManifest;
  /** The manifest's labels: the meaning of the outputs, in their order. */
  readonly labels: readonly string[];
  /** The engine's name and version, for people: `onnxruntime-node 1.30.0`. */
  readonly engine: string;
  readonly createPredictor: () => Promise<Predictor>;
}

/** Any model that reads expressions. */
export type Classifier = Model | ForeignModel;
