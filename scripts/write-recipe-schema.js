// Writes the JSON Schema of recipe files, for completion and checks in editors, from the schema that the trainer uses. A test of
// @mien/train fails if the file is out of date.
//
//   node scripts/write-recipe-schema.js     after a build
//
// @ts-check
import { writeFileSync } from 'node:fs';
import { createRecipeJsonSchema } from '../packages/train/dist/recipe/index.js';

const FILE = new URL('../packages/train/recipe.schema.json', import.meta.url);
writeFileSync(FILE, `${JSON.stringify(createRecipeJsonSchema(), undefined, 2)}\n`);
