import type { EpochSummary } from './training-state.js';
import type { Recipe } from './recipe/recipe.js';
import { plateauFactor } from './stopping.js';

/**
 * The learning rate of one update: that of the schedule, reduced on plateaus (see `plateauFactor`) but not below
 * `minLearningRate` unless the schedule itself is.
 *
 * @param step updates before this one, over all epochs
 * @param stepsPerEpoch updates in one epoch
 * @param history the complete epochs
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
 * Constant, or half a cosine from the full rate to 0 over all epochs; both after a linear warm-up. Ref: Loshchilov, Hutter 2017, "SGDR", equation 5, without restarts.
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
