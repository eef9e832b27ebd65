/** Evaluates a model on the rows of a dataset. */
import { createPredictor, MienError, type Classifier } from '@mien/core';
import { createBatchInputs } from './data/batch-inputs.js';
import {
  allRows,
  labelOf,
  rowsOfSplit,
  rowsRepeatedElsewhere,
  splitsOf,
  type Dataset,
  type Rows,
  type Split,
} from './data/dataset.js';
import { measureAccuracy, type MeasuredAccuracy } from './evaluation/assess.js';
import { evaluatePredictions, type ClassificationMetrics } from './metrics/classification-metrics.js';
import { positionsOfLabels } from './order-labels.js';
import { predictRows } from './predict-rows.js';
import type { Predictions } from './predictions.js';
import type { OnProgress } from './progress.js';

export interface EvaluateOptions {
  readonly model: Classifier;
  readonly dataset: Dataset;
  /** The split to evaluate; `all` for all rows. */
  readonly split: Split;
  /** Receives the number of evaluated pictures. */
  readonly onProgress?: OnProgress;
}

export interface RowsEvaluation extends ClassificationMetrics {
  /** The model's labels: the order of `perClass` and of rows and columns of `confusion`. */
  readonly labels: readonly string[];
  readonly predictions: Predictions;
}

export interface Evaluation extends RowsEvaluation {
  /** Without rows whose pixels also occur in another split; `undefined` when there are no such rows. */
  readonly withoutDuplicates: MeasuredAccuracy | undefined;
  /** Pictures whose pixels also occur in another split, byte for byte. */
  readonly repeated: number;
}

/** Several times the batch of a network. */
const BATCH = 64;

/**
 * Evaluates a split, with and without the pictures that also occur in another split.
 *
 * @throws MienError as {@link evaluateRows}
 */
export async function evaluateModel(options: EvaluateOptions): Promise<Evaluation> {
  const { model, dataset, split, onProgress } = options;
  const rows = split === 'all' ? allRows(dataset) : rowsOfSplit(dataset, split);
  if (rows.length === 0) {
    const others = splitsOf(dataset).join(', ');
    throw new MienError(
      'USAGE',
      `evaluate: the data has no rows of the split ${split} (it has ${others}); choose one of them`,
    );
  }
  const evaluation = await evaluateRows(model, dataset, rows, onProgress);
  const repeated = split === 'all' ? new Set<number>() : new Set(rowsRepeatedElsewhere(dataset, split));
  return {
    ...evaluation,
    withoutDuplicates: measureWithoutRepeats(evaluation, repeated),
    repeated: repeated.size,
  };
}

/**
 * Predicts the rows, resized to the model's input, and compares with their labels by name.
 *
 * @throws MienError `USAGE` when there are no rows or the model does not know a label of the data
 */
export async function evaluateRows(
  model: Classifier,
  dataset: Dataset,
  rows: Rows,
  onProgress?: OnProgress,
): Promise<RowsEvaluation> {
  const { labels, manifest } = model;
  const { height, width, channels, range } = manifest.input;
  // Data and model may number their labels differently.
  const toModelLabel = positionsOfLabels(dataset.labelNames, labels, `evaluate: model ${manifest.id}`);
  const predictor = await createPredictor(model);
  const data = await createBatchInputs(
    dataset,
    { inputShape: [height, width, channels], inputRange: range },
    BATCH,
  );
  const probabilities = await predictRows(predictor, data, rows, BATCH, onProgress);
  const truth = Array.from(rows, (row) => toModelLabel[labelOf(dataset, row)] ?? -1);
  return {
    labels,
    ...evaluatePredictions(probabilities, truth, labels),
    predictions: { rows, truth, probabilities },
  };
}

function measureWithoutRepeats(
  { labels, predictions }: RowsEvaluation,
  repeated: ReadonlySet<number>,
): Evaluation['withoutDuplicates'] {
  const { rows } = predictions;
  const kept = [...rows.keys()].filter((index) => !repeated.has(rows[index] ?? -1));
  if (repeated.size === 0 || kept.length === 0) return undefined;
  return measureAccuracy(predictions, labels, kept);
}
