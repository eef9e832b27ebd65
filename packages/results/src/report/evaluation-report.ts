/** The report of `mien evaluate`. */
import type { Classifier } from '@mien/core';
import { rowsOfSplit, splitsOf, type Dataset, type ModelMeasurement } from '@mien/train';
import { toDataCounts } from './data-counts.js';
import { renderReport } from './render-report.js';
import type { EncodePicture, Fact } from './report.js';

export interface EvaluationReportOptions {
  readonly model: Classifier;
  /** What the model is called. Default: its id. */
  readonly name?: string;
  /** Name of the file with the pictures. */
  readonly data: string;
  readonly dataset: Dataset;
  /** The part that was measured. */
  readonly subject: string;
  readonly measurement: ModelMeasurement;
  readonly seconds: number;
  /** Program, runtime, date. */
  readonly madeWith: readonly Fact[];
  readonly encodePicture: EncodePicture;
}

/** @returns the page */
export function toEvaluationReport(options: EvaluationReportOptions): Promise<string> {
  const {
    model,
    name = model.manifest.id,
    data,
    dataset,
    subject,
    measurement,
    seconds,
    madeWith,
    encodePicture,
  } = options;
  const { evaluation } = measurement;
  const { manifest } = model;
  const { height, width, channels, range } = manifest.input;
  const [low, high] = range;
  return renderReport({
    title: `Evaluation of ${name}`,
    subtitle: `on ${subject} of ${data}`,
    measurement: {
      subject,
      evaluation,
      withoutDuplicates: evaluation.withoutDuplicates,
      trust: measurement,
      dataset,
      encodePicture,
    },
    counts: toDataCounts(
      dataset,
      splitsOf(dataset).map((split) => [split, rowsOfSplit(dataset, split)]),
    ),
    environment: [
      ...madeWith,
      ['time to read and measure', `${seconds.toFixed(1)} s`],
      ['data', `${data}, pictures of ${dataset.width}×${dataset.height}`],
      ['network', `${manifest.name}, input ${height}×${width}×${channels}, values from ${low} to ${high}`],
    ],
  });
}
