import { MienError } from '@mien/core';
import type { Dataset } from './data/dataset.js';

const SAME_LABELS = 'give data or a model with the same labels';

/**
 * Index of each label of the data among those of a model.
 *
 * @param model its name in messages
 * @param advice what to do where they differ
 * @throws MienError `USAGE` when the model does not know one of them
 */
export function positionsOfLabels(
  dataLabels: readonly string[],
  modelLabels: readonly string[],
  model: string,
  advice = SAME_LABELS,
): number[] {
  const positions = dataLabels.map((name) => modelLabels.indexOf(name));
  const unknown = dataLabels.filter((_, index) => positions[index] === -1);
  if (unknown.length === 0) return positions;
  throw new MienError(
    'USAGE',
    `${model} does not know all labels of the data: ${unknown.join(', ')} (it knows ${modelLabels.join(', ')}; the data has ${dataLabels.join(', ')}); ${advice}`,
  );
}

/** The dataset with labels numbered in the order of a network's outputs; the network may have additional labels. */
export function orderLabels(
  dataset: Dataset,
  labels: readonly string[],
  model: string,
  advice?: string,
): Dataset {
  const { labelNames, softLabels } = dataset;
  if (labelNames.length === labels.length && labels.every((label, index) => label === labelNames[index])) {
    return dataset;
  }
  const positions = positionsOfLabels(labelNames, labels, model, advice);
  return {
    ...dataset,
    labelNames: labels,
    labels: dataset.labels.map((label) => positions[label] ?? 0),
    ...(softLabels === undefined ? {} : { softLabels: reorderColumns(softLabels, positions, labels.length) }),
  };
}

function reorderColumns(values: Float32Array, positions: readonly number[], columns: number): Float32Array {
  const rows = values.length / positions.length;
  const result = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    positions.forEach((position, column) => {
      result[row * columns + position] = values[row * positions.length + column] ?? 0;
    });
  }
  return result;
}
