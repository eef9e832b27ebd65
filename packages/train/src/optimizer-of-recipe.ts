import { MienError } from '@mien/core';
import type { Recipe } from './recipe/recipe.js';
import type { OptimizerConfig } from './session/optimizer.js';

/** The optimiser that a recipe asks for. */
export function toOptimizerConfig({ optimizer }: Recipe): OptimizerConfig {
  if (optimizer.kind === 'adamw' || (optimizer.kind === 'sgd' && optimizer.weightDecay > 0)) {
    throw new MienError(
      'UNSUPPORTED',
      `train: ${optimizer.kind} with weight decay cannot be trained with yet`,
    );
  }
  return optimizer;
}
