/**
 * Teachers for distillation: their predictions for the pictures of a batch, in the labels of the data.
 *
 * The student's loss has two terms, (1 − w)·cross-entropy with the label + w·T²·cross-entropy of both networks' softmax
 * at a temperature T (session/emit-loss.ts). With several teachers, their probabilities are averaged.
 * Probabilities are softened as pᵢ^(1/T) / Σ pⱼ^(1/T), which is the softmax of logits divided by T, so that it works
 * for any model, also without access to its logits.
 *
 * Ref: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network".
 */
import { createPredictor, withTemperature, type Model } from '@mien/core';
import { createBatchInputs, type BatchInputs, type NetworkInput } from './data/batch-inputs.js';
import type { Dataset } from './data/dataset.js';
import { positionsOfLabels } from './order-labels.js';

export interface Teachers {
  /**
   * Softened mean probabilities `[count, labels of the data]`; rows sum to 1.
   *
   * @param draw returns the inputs of the batch, with the same augmentation and mixup as the student's
   */
  predict(draw: (reader: BatchInputs) => Float32Array, count: number): Float32Array;
}

export interface TeachersOptions {
  readonly dataset: Dataset;
  readonly temperature: number;
  readonly batchSize: number;
  /** The student's input, which teachers with the same input share. */
  readonly student: { readonly contract: NetworkInput; readonly pictures: BatchInputs };
}

/** Lower limit of probabilities, as in Keras. */
const MIN_PROBABILITY = 1e-7;

/**
 * @param models at least one
 * @throws MienError `USAGE` when a model does not know a label of the data
 */
export async function createTeachers(
  models: readonly Model[],
  { dataset, temperature, batchSize, student }: TeachersOptions,
): Promise<Teachers> {
  const readers = new Map([[keyOf(student.contract), student.pictures]]);
  const classes = dataset.labelNames.length;
  const teachers = await Promise.all(
    models.map(async (model) => {
      const { manifest, labels, graph } = model;
      return {
        // The predictor itself sees to means, deviations and the order of channels.
        contract: { inputShape: graph.inputShape, inputRange: manifest.input.range },
        positions: positionsOfLabels(dataset.labelNames, labels, `train: the teacher ${manifest.id}`),
        network: await createPredictor(model),
        outputs: labels.length,
      };
    }),
  );
  for (const { contract } of teachers) {
    const key = keyOf(contract);
    if (!readers.has(key)) readers.set(key, await createBatchInputs(dataset, contract, batchSize));
  }
  return {
    predict(draw, count) {
      const mean = new Float32Array(count * classes);
      for (const { contract, positions, network, outputs } of teachers) {
        const probabilities = network.predict(draw(readers.get(keyOf(contract))!), count);
        for (let row = 0; row < count; row++) {
          positions.forEach((position, label) => {
            mean[row * classes + label]! += probabilities[row * outputs + position]! / teachers.length;
          });
        }
      }
      const positive = mean.map((probability) => Math.max(probability, MIN_PROBABILITY));
      return withTemperature(positive, classes, temperature);
    },
  };
}

function keyOf({ inputShape, inputRange, normalization }: NetworkInput): string {
  return JSON.stringify([inputShape, inputRange, normalization ?? null]);
}
