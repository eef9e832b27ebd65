/**
 * Queue files: a list of training runs for `mien train --queue`.
 *
 *   { "runs": [
 *     { "name": "teacher", "recipe": "teacher.json", "seeds": [1, 2] },
 *     { "name": "student", "preset": "fer2013", "overrides": { "distillation":
 *         { "teacher": ["run:teacher-1", "run:teacher-2"], "temperature": 4, "weight": 0.8 } } } ] }
 *
 * An entry becomes one run for each seed, named `<name>-<seed>`.
 */
import { MienError } from '@mien/core';
import { z } from 'zod';
import { nearest } from '../recipe/nearest.js';
import { overrideRecipe, parseRecipe } from '../recipe/parse-recipe.js';
import { parseWith } from '../recipe/parse-with.js';
import { oneOf, record, text, whole } from '../recipe/recipe-fields.js';
import { PRESET_NAMES, recipeFileSchema, type Recipe } from '../recipe/recipe.js';

/** One run of a queue. */
export interface QueuedRun {
  /** `<name of the entry>-<seed>`, also the name of its folder. */
  readonly name: string;
  /** Name of the entry; runs that differ only in their seed share it. */
  readonly entry: string;
  /** May refer to models of earlier runs: see {@link resolveRunReferences}. */
  readonly recipe: Recipe;
}

const NAME = 'a name of letters, digits, dots, hyphens and underscores';
const SEEDS = 'a list of 1 to 100 whole numbers, each once';
const MAX_RUNS = 1000;

const queueSchema = record({
  $schema: z.string({ error: 'a text' }).optional(),
  runs: z
    .array(
      record({
        name: z.string({ error: NAME }).regex(/^\w[\w.-]{0,99}$/, { error: NAME }),
        recipe: text('the path of a recipe file').optional(),
        preset: oneOf(PRESET_NAMES).optional(),
        overrides: recipeFileSchema.optional(),
        seeds: z
          .array(whole(0), { error: SEEDS })
          .min(1, { error: SEEDS })
          .max(100, { error: SEEDS })
          .refine((seeds) => new Set(seeds).size === seeds.length, { error: SEEDS })
          .optional(),
      }),
      { error: `a list of 1 to ${MAX_RUNS} runs` },
    )
    .min(1, { error: `a list of 1 to ${MAX_RUNS} runs` })
    .max(MAX_RUNS, { error: `a list of 1 to ${MAX_RUNS} runs` }),
});

/** Prefix of references to the best model of an earlier run. */
const RUN_REFERENCE = 'run:';

/**
 * Validates a queue file and completes the recipe of each run.
 *
 * @param source the name of the queue in messages, such as its path
 * @param readRecipeFile reads the JSON of a recipe file, without validation; paths are those of the queue file, relative
 *   to its folder
 * @throws MienError `USAGE` naming the entry and the problem
 */
export async function parseQueue(
  value: unknown,
  source: string,
  readRecipeFile: (path: string) => Promise<unknown>,
): Promise<QueuedRun[]> {
  const { runs: entries } = parseWith(queueSchema, value, source, 'USAGE');
  const runs: QueuedRun[] = [];
  for (const [
    index,
    { name: entry, recipe: recipePath, preset, overrides = {}, seeds },
  ] of entries.entries()) {
    const written = recipePath === undefined ? {} : await readRecipeFile(recipePath);
    const isChanged = preset !== undefined && typeof written === 'object' && !Array.isArray(written);
    const base = parseRecipe(isChanged ? { ...written, preset } : written, recipePath ?? source);
    const place = `${source}: runs[${index}].overrides`;
    const changed = overrideRecipe(base, overrides, place);
    for (const seed of seeds ?? [changed.seed]) {
      const name = `${entry}-${seed}`;
      if (runs.some((run) => run.name === name)) {
        throw new MienError('USAGE', `${source}: two runs are named ${name}; give one of them another name`); // prettier-ignore
      }
      const recipe = { ...changed, seed };
      for (const reference of runReferences(recipe)) checkReference(reference, runs, `${source}: ${name}`);
      runs.push({ name, entry, recipe });
    }
  }
  return runs;
}

/** Names of the runs to which a recipe refers. */
function runReferences({ network, distillation }: Recipe): string[] {
  const models = [
    ...(network.kind === 'file' ? [network.path] : []),
    ...(distillation === null ? [] : distillation.teacher),
  ];
  return models.filter(isReference).map((model) => model.slice(RUN_REFERENCE.length));
}

function checkReference(name: string, earlier: readonly QueuedRun[], source: string): void {
  const names = earlier.map((run) => run.name);
  if (names.includes(name)) return;
  const hint =
    names.length === 0
      ? 'no run comes before it'
      : `the nearest earlier run is ${nearest(name, names) ?? names.join(', ')}`;
  throw new MienError('USAGE', `${source}: ${RUN_REFERENCE}${name} is not an earlier run of the queue; ${hint}`); // prettier-ignore
}

/**
 * Replaces references to runs by the paths of their models.
 *
 * @param pathOf returns the best checkpoint of a run, or throws
 */
export function resolveRunReferences(recipe: Recipe, pathOf: (run: string) => string): Recipe {
  const resolve = (model: string): string =>
    isReference(model) ? pathOf(model.slice(RUN_REFERENCE.length)) : model;
  const { network, distillation } = recipe;
  return {
    ...recipe,
    network: network.kind === 'file' ? { ...network, path: resolve(network.path) } : network,
    distillation: distillation && { ...distillation, teacher: distillation.teacher.map(resolve) },
  };
}

function isReference(model: string): boolean {
  return model.startsWith(RUN_REFERENCE);
}
