import type { EpochSummary } from './training-state.js';
import type { Recipe } from './recipe/recipe.js';
import { plateauFactor } from './stopping.js';

/**
 * The learning rate of one update: the schedule's, lowered where improvement has stopped (see {@link plateauFactor}),
 * which stops at `minLearningRate` unless the schedule itself goes below.
 *
 * @param step updates before this one, over all epochs
 * @param stepsPerEpoch updates in one epoch
 * @param history the epochs that are complete
 */
export function learningRateAt(
  recipe: Recipe,
  step: number,
  stepsPerEpoch: number,
  history: readonly EpochSummary[] = [],
): number {
  const scheduled = scheduledRate(recipe, step, stepsPerEpoch);
  const floor = Math.min(scheduled, recipe.reduceLearningRate?.minLearningRate ?? 0);
  return Math.max(floor, scheduled * plateauFactor(history, recipe));
}

/**
 * Constant, or falling from the full rate to 0 along half a cosine over all epochs; both after a linear rise over the
 * warm-up. Ref: Loshchilov, Hutter 2017, "SGDR", equation 5, without restarts.
 */
function scheduledRate(recipe: Recipe, step: number, stepsPerEpoch: number): number {
  const warmupSteps = recipe.warmupEpochs * stepsPerEpoch;
  if (step < warmupSteps) return (recipe.learningRate * (step + 1)) / Math.ceil(warmupSteps);
  switch (recipe.schedule) {
    case 'constant':
      return recipe.learningRate;
    case 'cosine': {
      const progress = (step - warmupSteps) / (recipe.epochs * stepsPerEpoch - warmupSteps);
      return recipe.learningRate * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, progress)));
    }
    default:
      return recipe.schedule satisfies never;
  }
}
