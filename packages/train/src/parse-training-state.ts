/** The training state of a checkpoint, from JSON that may come from anywhere. */
import { z } from 'zod';
import type { StoredTraining } from './training-state.js';
import { parseRecipe } from './recipe/parse-recipe.js';
import { parseWith } from './recipe/parse-with.js';
import { number, text, whole } from './recipe/recipe-fields.js';

const list = <T extends z.ZodType>(item: T): z.ZodReadonly<z.ZodArray<T>> =>
  z.array(item, { error: 'a list' }).readonly();
const fields = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T> =>
  z.object(shape, { error: 'a record of named values' });

const epochSummary = fields({
  epoch: whole(1),
  loss: number(),
  accuracy: number(0, 1),
  valLoss: number(),
  valAccuracy: number(0, 1),
  learningRate: number(0),
  seconds: number(0),
});

const metrics = fields({
  count: whole(0),
  accuracy: number(0, 1),
  macroF1: number(0, 1),
  ece: number(0, 1),
  nll: number(),
  perClass: list(
    fields({
      label: text('a label'),
      precision: number(0, 1),
      recall: number(0, 1),
      f1: number(0, 1),
      support: whole(0),
    }),
  ),
  confusion: list(list(whole(0))),
});

const trainingState = fields({
  recipe: z.unknown(),
  progress: fields({
    epoch: whole(1),
    batch: whole(0),
    lossSum: number(),
    correct: whole(0),
    seen: whole(0),
    seconds: number(0),
    history: list(epochSummary),
    bestMetrics: metrics.nullable().default(null),
  }),
  datasetSha256: text('a checksum'),
  teacherSha256: text('a checksum').nullable().default(null),
  optimizerStep: whole(0),
});

/** @throws MienError `MODEL_INVALID` naming the field that is not what it must be */
export function parseTrainingState(value: unknown, source: string): StoredTraining {
  const state = parseWith(trainingState, value, source, 'MODEL_INVALID');
  return { ...state, recipe: parseRecipe(state.recipe, `${source}: recipe`, 'MODEL_INVALID') };
}
