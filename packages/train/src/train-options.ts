import type { InputNormalization, Model } from '@mien/core';
import type { Graph, Weights } from '@mien/core/nn';
import type { Dataset } from './data/dataset.js';
import type { Recipe } from './recipe/recipe.js';
import type { RunStore } from './run-store.js';
import type { Checkpoint } from './training-state.js';

export interface TrainOptions {
  readonly dataset: Dataset;
  readonly graph: Graph;
  /** Initial weights; default: random by the recipe's seed. */
  readonly weights?: Weights;
  /** Labels of the network's outputs, in their order; default: the dataset's labels. */
  readonly labels?: readonly string[];
  /** Input values of grey 0 and grey 255; default −1 and 1, as in the paper's code. */
  readonly inputRange?: readonly [low: number, high: number];
  /** Means, deviations and order of the input's channels; default: none. */
  readonly normalization?: InputNormalization | undefined;
  readonly recipe: Recipe;
  /** The models of the recipe's `distillation`, in its order. */
  readonly teachers?: readonly Model[];
  /** Where checkpoints and log go: `createMemoryStore()`, or `createRunFolder(path)` of `@mien/train/node`. */
  readonly store: RunStore;
  /** Number of threads, which does not change the result; default: see `createTrainingSession`. */
  readonly threads?: number;
  /**
   * Continues this run. Graph, data, teachers and recipe must be the same, except for the recipe's `epochs`: more epochs
   * extend the run, whose schedule is then that of the new number of epochs.
   */
  readonly resume?: Checkpoint;
  /** Stops after the current update, saves a checkpoint, and returns. */
  readonly signal?: AbortSignal;
}
