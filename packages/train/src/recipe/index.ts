/**
 * Recipes: the settings of training runs, with validation and presets. `@mien/train/recipe`.
 *
 * A separate entry point, because only programs that parse recipes need the schema library (90 ms to load).
 */
export { NO_AUGMENTATION, PAPER_AUGMENTATION, ROBUST_AUGMENTATION } from '../augment/augmentation.js';
export { overrideRecipe, parseRecipe } from './parse-recipe.js';
export { PRESETS } from './presets.js';
export { parseQueue, resolveRunReferences, type QueuedRun } from '../queue/queue.js';
export { createRecipeJsonSchema } from './recipe-json-schema.js';
export {
  PRESET_NAMES,
  type Monitor,
  type NetworkRecipe,
  type PresetName,
  type Recipe,
  type RecipeFile,
  type Validation,
} from './recipe.js';
