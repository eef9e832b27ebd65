import { z } from 'zod';
import { recipeFileSchema } from './recipe.js';

/** The JSON Schema of recipe files, published as `@mien/train/recipe.schema.json`. */
export function createRecipeJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(recipeFileSchema, { target: 'draft-07', io: 'input' });
}
