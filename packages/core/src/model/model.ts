/** The kinds of models that read expressions: our own networks, and networks that another engine runs. */
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
  /** What was assumed or changed when the file was read, in lines for people. */
  readonly notices?: readonly string[];
}

/** Turns prepared faces into probabilities, synchronously. */
export interface Predictor {
  /**
   * @param inputs float32 `[count, height, width, channels]`, in the range that the model's manifest states
   * @param count at least 1
   * @returns probabilities `[count, labels]`, a copy that the caller owns
   */
  predict(inputs: Float32Array, count: number): Float32Array;
}

/** A {@link Predictor} whose engine answers with a promise, as onnxruntime-web does. */
export interface AsyncPredictor {
  /**
   * Called for one batch at a time: never before the previous promise has settled.
   *
   * @param inputs float32 `[count, height, width, channels]`, in the range that the model's manifest states
   * @param count at least 1
   * @returns probabilities `[count, labels]`, a copy that the caller owns
   */
  predict(inputs: Float32Array, count: number): Promise<Float32Array>;
  /** Releases the engine's session; the predictor must not be used afterwards. */
  dispose?(): Promise<void> | void;
}

/** A model whose network another engine runs: it has a manifest, but no graph. */
interface ExternalContract {
  readonly manifest: ClassifierManifest;
  /** The manifest's labels: the meaning of the outputs, in their order. */
  readonly labels: readonly string[];
  /** Name and version of the engine, for people: `onnxruntime-node 1.30.0`. */
  readonly engine: string;
  /** What was assumed when the file was read, in lines for people. */
  readonly notices?: readonly string[];
  /** Whether its predictors already take plain samples and give probabilities, as those of `createAsyncPredictor` do. */
  readonly isPrepared?: true;
}

/** A model that another engine runs synchronously. */
export interface ExternalModel extends ExternalContract {
  readonly createPredictor: () => Promise<Predictor>;
}

/** A model that another engine runs asynchronously; it needs `createAsyncAnalyzer`. */
export interface AsyncExternalModel extends ExternalContract {
  readonly createAsyncPredictor: () => Promise<AsyncPredictor>;
}

/** Any model that predicts synchronously. */
export type Classifier = Model | ExternalModel;

/** Any model at all. */
export type AsyncClassifier = Classifier | AsyncExternalModel;
