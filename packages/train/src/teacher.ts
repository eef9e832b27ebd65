/**
 * A model that another one learns from: what it says of the pictures of a batch, in the labels of the data.
 *
 * The student's loss has two terms, (1 − w)·cross-entropy with the label + w·T²·cross-entropy of both networks' softmax
 * at a temperature T (session/emit-loss.ts). The teacher's probabilities are softened as pᵢ^(1/T) / Σ pⱼ^(1/T), which is
 * the softmax of its logits divided by T, so that any model will do, whether its file has logits or not.
 *
 * Ref: Hinton, Vinyals, Dean 2015, "Distilling the Knowledge in a Neural Network".
 */
import type { Model } from '@mien/core';
import { createNetwork, type Network } from '@mien/core/nn';
import { createBatchInputs, type BatchInputs } from './data/batch-inputs.js';
import type { Dataset } from './data/dataset.js';
import { positionsOfLabels } from './order-labels.js';

export interface Teacher {
  /** The dataset's pictures as the teacher reads them. */
  readonly pictures: BatchInputs;
  /** Softened probabilities `[count, labels of the data]` of inputs of its own kind; rows sum to 1. */
  teach(inputs: Float32Array, count: number): Float32Array;
}

/** Smaller probabilities count as this one, as in Keras: 0 has no logarithm. */
const MIN_PROBABILITY = 1e-7;

/**
 * @throws MienError `USAGE` when the model does not know a label of the data
 */
export async function createTeacher(
  { manifest, labels, graph, weights }: Model,
  dataset: Dataset,
  temperature: number,
  batchSize: number,
): Promise<Teacher> {
  const name = `train: the teacher ${manifest.id}`;
  const positions = positionsOfLabels(dataset.labelNames, labels, name);
  const network: Network = await createNetwork(graph, weights);
  const contract = { inputShape: graph.inputShape, inputRange: manifest.input.range };
  return {
    pictures: await createBatchInputs(dataset, contract, batchSize),
    teach: (inputs, count) => soften(network.predict(inputs, count), labels.length, positions, temperature),
  };
}

/**
 * @param probabilities `[count, classes]`
 * @param positions of the classes that are wanted, in their order
 */
function soften(
  probabilities: Float32Array,
  classes: number,
  positions: readonly number[],
  temperature: number,
): Float32Array {
  const count = probabilities.length / classes;
  const softened = new Float32Array(count * positions.length);
  for (let row = 0; row < count; row++) {
    const powers = positions.map(
      (position) =>
        Math.max(probabilities[row * classes + position] ?? 0, MIN_PROBABILITY) ** (1 / temperature),
    );
    const sum = powers.reduce((total, power) => total + power, 0);
    softened.set(
      powers.map((power) => power / sum),
      row * positions.length,
    );
  }
  return softened;
}
