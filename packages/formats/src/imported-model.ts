/**
 * What every foreign format is read into and written from: a network, its weights, and what else a file may know of
 * them. A format leaves out what it has no place for; nothing here is guessed.
 */
import type { CropGeometry } from '@mien/core';
import type { Graph, Tensor, Weights } from '@mien/core/nn';

export interface ImportedModel {
  readonly graph: Graph;
  /** Every weight that the graph names, checked: there, of its shape, finite. */
  readonly weights: Map<string, Tensor>;
  /** Meaning of the outputs; `undefined` where the file does not say. */
  readonly labels?: readonly string[];
  /** What the samples 0 and 255 become; `undefined` where the file does not say. */
  readonly inputRange?: readonly [low: number, high: number];
  /** Which part of a picture the network was trained to see; `undefined` where the file does not say. */
  readonly crop?: CropGeometry;
  /** Texts beside the model, by key: what the format's own tool says of itself, and what a writer put there. */
  readonly metadata: Readonly<Record<string, string>>;
  /** `undefined` for a file that holds a finished model only. */
  readonly optimizer?: OptimizerState;
  /** Tensors of a Mien writer beside the model's weights. */
  readonly furtherTensors?: Weights;
}

/** {@link ImportedModel} on its way out. */
export interface ExportableModel {
  readonly graph: Graph;
  /** Those that the graph does not name are ignored. */
  readonly weights: Weights;
  readonly labels?: readonly string[];
  readonly inputRange?: readonly [low: number, high: number];
  readonly crop?: CropGeometry;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly optimizer?: OptimizerState;
  readonly furtherTensors?: Weights;
}

export interface ExportOptions {
  /** Told of every layer that the format has another form for; `form` is that form, for people. */
  readonly onRewrite?: (layer: string, form: string) => void;
}

/** What an optimiser carries from step to step. */
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

/** Optimisers whose state has a place in foreign files, with the tensors that each keeps for a weight. */
export const OPTIMIZER_SLOTS = {
  adam: ['m', 'v'],
  sgd: ['velocity'],
} as const;

export type OptimizerKind = keyof typeof OPTIMIZER_SLOTS;
