/**
 * The common form of every external format: a network, its weights, and what else a file may say about them. A format
 * leaves out what it cannot store; nothing is guessed.
 */
import type { CropGeometry, InputNormalization, OutputKind } from '@mien/core';
import type { Graph, Tensor, Weights } from '@mien/core/nn';

export interface ImportedModel {
  readonly graph: Graph;
  /** Every weight that the graph names, checked: there, of its shape, finite. */
  readonly weights: Map<string, Tensor>;
  /** Meaning of the outputs; `undefined` where the file does not say. */
  readonly labels?: readonly string[];
  /** What the samples 0 and 255 become; `undefined` where the file does not say. */
  readonly inputRange?: readonly [low: number, high: number];
  /** Means, deviations and order of the input's channels; `undefined` where the file does not say. */
  readonly normalization?: InputNormalization;
  /** What its outputs are; `undefined` where neither the file nor its last layers say. */
  readonly outputs?: OutputKind;
  /** Which part of a picture the network was trained to see; `undefined` where the file does not say. */
  readonly crop?: CropGeometry;
  /** Text metadata by key: from the tool that wrote the file, or from Mien. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `undefined` for a file without training state. */
  readonly optimizer?: OptimizerState;
  /** Tensors of a Mien writer beside the model's weights. */
  readonly furtherTensors?: Weights;
}

/** A model to be written; see {@link ImportedModel}. */
export interface ExportableModel {
  readonly graph: Graph;
  /** Those that the graph does not name are ignored. */
  readonly weights: Weights;
  readonly labels?: readonly string[];
  readonly inputRange?: readonly [low: number, high: number];
  readonly normalization?: InputNormalization;
  readonly outputs?: OutputKind;
  readonly crop?: CropGeometry;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly optimizer?: OptimizerState;
  readonly furtherTensors?: Weights;
}

export interface ExportOptions {
  /** Called for every layer that is written in another form; `form` describes it for people. */
  readonly onRewrite?: (layer: string, form: string) => void;
}

/** The state of an optimiser between updates. */
export interface OptimizerState {
  readonly kind: OptimizerKind;
  /** Updates made. */
  readonly step: number;
  /** Of the last update. */
  readonly learningRate?: number;
  /** Further settings by Keras' names: `beta_1`, `beta_2`, `epsilon`, `momentum`, `nesterov`. */
  readonly settings?: Readonly<Record<string, number | boolean>>;
  /** `adam/m/<weight>`, `adam/v/<weight>` or `sgd/velocity/<weight>`, one for each trainable weight. */
  readonly tensors: Weights;
}

/** Optimisers whose state has a place in external files, with the tensors that each keeps for a weight. */
export const OPTIMIZER_SLOTS = {
  adam: ['m', 'v'],
  sgd: ['velocity'],
} as const;

export type OptimizerKind = keyof typeof OPTIMIZER_SLOTS;
