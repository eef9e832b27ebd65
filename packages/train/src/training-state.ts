/** The state of a training run: what a checkpoint holds and what a resumed run continues from. */
import type { Graph, Weights } from '@mien/core/nn';
import type { ClassificationMetrics } from './metrics/classification-metrics.js';
import type { Recipe } from './recipe/recipe.js';

/** One line of the log. */
export interface EpochSummary {
  /** From 1. */
  readonly epoch: number;
  /** Means over the epoch's pictures, measured while they were trained on (as Keras). */
  readonly loss: number;
  readonly accuracy: number;
  /** After the epoch, in inference mode. */
  readonly valLoss: number;
  readonly valAccuracy: number;
  /** Of the epoch's last update. */
  readonly learningRate: number;
  readonly seconds: number;
}

/** Where a run stands, between two updates. */
export interface Progress {
  /** The epoch under way, or about to start; from 1. */
  readonly epoch: number;
  /** Updates made in it. */
  readonly batch: number;
  /** Over these updates' pictures. */
  readonly lossSum: number;
  readonly correct: number;
  readonly seen: number;
  readonly seconds: number;
  readonly history: readonly EpochSummary[];
  /** Of the best epoch on the validation rows; `null` before the first epoch is complete. */
  readonly bestMetrics: ClassificationMetrics | null;
}

export interface TrainingState {
  readonly recipe: Recipe;
  readonly progress: Progress;
  /** Which data the run sees; resuming on other data is refused. */
  readonly datasetSha256: string;
  /** Of the file of the model that is learnt from; `null` where there is none. Resuming with another one is refused. */
  readonly teacherSha256: string | null;
  /** Updates that the optimiser has made. */
  readonly optimizerStep: number;
  readonly optimizerTensors: Weights;
  /** The weights under training; `undefined` where they are the model's. */
  readonly trainedWeights: Weights | undefined;
}

/** What of the state is kept as JSON. */
export type StoredTraining = Omit<TrainingState, 'optimizerTensors' | 'trainedWeights'>;

export interface Checkpoint {
  readonly graph: Graph;
  readonly labels: readonly string[];
  readonly inputRange: readonly [low: number, high: number];
  /** The model: what was validated. */
  readonly weights: Weights;
  readonly training: TrainingState;
}
