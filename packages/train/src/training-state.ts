/** The state of a training run: what a checkpoint holds and what a resumed run continues from. */
import type { InputNormalization } from '@mien/core';
import type { Graph, Weights } from '@mien/core/nn';
import type { ClassificationMetrics } from './metrics/classification-metrics.js';
import type { Recipe } from './recipe/recipe.js';

/** One line of the log. */
export interface EpochSummary {
  /** From 1. */
  readonly epoch: number;
  /** Means over the epoch's pictures during training, as in Keras. */
  readonly loss: number;
  readonly accuracy: number;
  /** After the epoch, in inference mode. */
  readonly valLoss: number;
  readonly valAccuracy: number;
  /** Of the epoch's last update. */
  readonly learningRate: number;
  readonly seconds: number;
}

/** Progress of a run between two updates. */
export interface Progress {
  /** The current epoch, from 1. */
  readonly epoch: number;
  /** Updates in this epoch so far. */
  readonly batch: number;
  /** Sums over the pictures of these updates. */
  readonly lossSum: number;
  readonly correct: number;
  readonly seen: number;
  readonly seconds: number;
  readonly history: readonly EpochSummary[];
  /** Metrics of the best epoch on the validation rows; `null` without complete epochs. */
  readonly bestMetrics: ClassificationMetrics | null;
}

export interface TrainingState {
  readonly recipe: Recipe;
  readonly progress: Progress;
  /** Identifies the data; resuming with other data is rejected. */
  readonly datasetSha256: string;
  /** Of the teachers' model files, joined by commas; `null` without teachers. Resuming with others is rejected. */
  readonly teacherSha256: string | null;
  /** Number of updates of the optimiser. */
  readonly optimizerStep: number;
  readonly optimizerTensors: Weights;
  /** The weights being trained, if the model is their moving average; `undefined` otherwise. */
  readonly trainedWeights: Weights | undefined;
}

/** The part of the state that is stored as JSON. */
export type StoredTraining = Omit<TrainingState, 'optimizerTensors' | 'trainedWeights'>;

export interface Checkpoint {
  readonly graph: Graph;
  readonly labels: readonly string[];
  readonly inputRange: readonly [low: number, high: number];
  /** Means, deviations and order of the input's channels; absent for none. */
  readonly normalization?: InputNormalization;
  /** The validated weights. */
  readonly weights: Weights;
  readonly training: TrainingState;
}
