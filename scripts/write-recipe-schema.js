// Writes the JSON Schema of recipe files, which editors complete and check by, from the schema that the trainer itself
// checks by. A test of @mien/train fails when the file is another one.
//
//   node scripts/write-recipe-schema.js     after a build
//
// @ts-check
import { writeFileSync } from 'node:fs';
import { createRecipeJsonSchema } from '../packages/train/dist/recipe/index.js';

const FILE = new URL('../packages/train/recipe.schema.json', import.meta.url);
writeFileSync(FILE, `${JSON.stringify(createRecipeJsonSchema(), undefined, 2)}\n`);
