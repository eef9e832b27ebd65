import type { Model } from '@mien/core';
import type { Graph, Weights } from '@mien/core/nn';
import type { Dataset } from './data/dataset.js';
import type { Recipe } from './recipe/recipe.js';
import type { RunStore } from './run-store.js';
import type { Checkpoint } from './training-state.js';

export interface TrainOptions {
  readonly dataset: Dataset;
  readonly graph: Graph;
  /** Where training starts; default: fresh weights, by the recipe's seed. */
  readonly weights?: Weights;
  /** Meaning of the network's outputs, in their order; default: the dataset's labels. */
  readonly labels?: readonly string[];
  /** What grey 0 and grey 255 become; default −1 and 1, as in the paper's code. */
  readonly inputRange?: readonly [low: number, high: number];
  readonly recipe: Recipe;
  /** The models that the recipe's `distillation` names, in its order. */
  readonly teachers?: readonly Model[];
  /** Where checkpoints and log go: `createMemoryStore()`, or `createRunFolder(path)` of `@mien/train/node`. */
  readonly store: RunStore;
  /** Threads that share each update, which do not change its result; default: the session's own choice. */
  readonly threads?: number;
  /** Continues this run; graph, recipe and data must be those it was started with. */
  readonly resume?: Checkpoint;
  /** Stops after the update under way, saves, and returns. */
  readonly signal?: AbortSignal;
}
