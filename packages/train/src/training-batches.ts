/**
 * The batches of a run: which pictures, how they are varied and mixed, and what they are trained towards.
 *
 * A batch depends on the recipe, the data and its place (epoch and number) alone: a resumed run draws the same ones.
 */
import type { Model } from '@mien/core';
import { randomOfEpoch } from './augment/picture-effects.js';
import { createBatchInputs, type BatchInputs, type NetworkInput } from './data/batch-inputs.js';
import type { Dataset, Rows } from './data/dataset.js';
import { drawMixture, mixRows, type Mixture } from './mixup.js';
import { createRandom } from './random.js';
import type { Recipe } from './recipe/recipe.js';
import { shuffled } from './shuffle.js';
import { classWeights, labelTargets, scaled, smoothed, weighted } from './targets.js';
import { createTeachers } from './teacher.js';

export interface TrainingBatch {
  /** Pictures in it; the last batch of an epoch may have fewer than the others. */
  readonly count: number;
  /** float32 `[count, height, width, 1]` in the network's input range; may be overwritten by the next batch. */
  readonly inputs: Float32Array;
  /** float32 `[count, classes]`; a row sums to what its picture counts, 1 without class weights. */
  readonly targets: Float32Array;
  /** float32 `[count, classes]`, the teachers' part where the recipe has any; the two sum to what the picture counts. */
  readonly softTargets?: Float32Array;
}

export interface TrainingBatches {
  readonly perEpoch: number;
  /** The batches of an epoch, which counts from 1, in an order of its own. */
  ofEpoch(epoch: number): (batch: number) => TrainingBatch;
}

export interface TrainingBatchesOptions {
  readonly dataset: Dataset;
  /** The rows to train on. */
  readonly rows: Rows;
  readonly recipe: Recipe;
  readonly contract: NetworkInput;
  /** The models that the recipe's `distillation` names, in its order. */
  readonly teachers: readonly Model[];
}

/** @throws MienError `USAGE` or `UNSUPPORTED` when data, recipe, network and teacher do not fit together */
export async function createTrainingBatches(options: TrainingBatchesOptions): Promise<TrainingBatches> {
  const { dataset, rows, recipe, contract } = options;
  const { batchSize, augmentation, mixup, distillation, labelSmoothing } = recipe;
  const classes = dataset.labelNames.length;
  const random = createRandom(recipe.seed);
  const pictures = await createBatchInputs(dataset, contract, batchSize);
  const teachers =
    distillation === null
      ? undefined
      : await createTeachers(options.teachers, {
          dataset,
          temperature: distillation.temperature,
          batchSize,
          student: { contract, pictures },
        });
  const weights =
    recipe.classWeights === 'none'
      ? undefined
      : classWeights(labelTargets(dataset, rows, recipe), dataset.labelNames, recipe);

  return {
    perEpoch: Math.ceil(rows.length / batchSize),
    ofEpoch(epoch) {
      const order = shuffled(rows, random.fork('order').fork(epoch));
      const distortions = randomOfEpoch(random, epoch);
      const mixtures = random.fork('mixup').fork(epoch);
      /** The pictures of a batch as a reader gives them, augmented and mixed alike for student and teachers. */
      const draw = (reader: BatchInputs, batchRows: Rows, mixture: Mixture | undefined): Float32Array => {
        const inputs =
          augmentation === null
            ? reader.plain(batchRows)
            : reader.augmented(batchRows, augmentation, distortions);
        return mixture === undefined ? inputs : mixRows(inputs, mixture);
      };

      return (batch) => {
        const batchRows = order.subarray(batch * batchSize, (batch + 1) * batchSize);
        const count = batchRows.length;
        const mixture = mixup === null ? undefined : drawMixture(count, mixup.alpha, mixtures.fork(batch));

        const ofRows = labelTargets(dataset, batchRows, recipe); // [count, classes], rows sum to 1, as below
        const labels = mixture === undefined ? ofRows : mixRows(ofRows, mixture);
        const targets = labelSmoothing === 0 ? labels : smoothed(labels, labelSmoothing, classes);
        const weigh = (ones: Float32Array) =>
          weights === undefined ? ones : weighted(ones, labels, weights);
        if (teachers === undefined || distillation === null) {
          return { count, inputs: draw(pictures, batchRows, mixture), targets: weigh(targets) };
        }
        const drawn = new Map<BatchInputs, Float32Array>();
        const drawOnce = (reader: BatchInputs): Float32Array => {
          const inputs = drawn.get(reader) ?? draw(reader, batchRows, mixture);
          drawn.set(reader, inputs);
          return inputs;
        };
        const opinions = teachers.teach(drawOnce, count);
        return {
          count,
          inputs: drawOnce(pictures),
          targets: weigh(scaled(targets, 1 - distillation.weight)),
          softTargets: weigh(scaled(opinions, distillation.weight)),
        };
      };
    },
  };
}
