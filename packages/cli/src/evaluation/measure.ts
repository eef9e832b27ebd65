/** Everything that `mien evaluate` measures, as the record that it prints as JSON. */
import type { Classifier } from '@mien/core';
import {
  assessReadings,
  calibrate,
  chooseRows,
  compareReadings,
  corrupt,
  CORRUPTION_LEVELS,
  CORRUPTIONS,
  createViewReader,
  effectOfTemperature,
  evaluateModel,
  evaluateRows,
  measureAccuracy,
  STRENGTHS,
  type Assessment,
  type Corruption,
  type Dataset,
  type Evaluation,
  type McNemar,
  type MeasuredAccuracy,
  type OnProgress,
  type Split,
  type Strength,
  type TemperatureEffect,
  type View,
} from '@mien/train';

export interface MeasureOptions {
  readonly model: Classifier;
  readonly dataset: Dataset;
  readonly split: Split;
  /** Measures these rows of the first split instead of `split`. */
  readonly heldOut?: number;
  /** Measured beside `one`. */
  readonly views: readonly View[];
  /** Fits a temperature to these rows of the first split. */
  readonly calibrate?: number;
  readonly compare?: Classifier;
  readonly corruptions: readonly Corruption[];
  /** Called with what is being measured, and then with the pictures done. */
  readonly progressOf: (what: string) => OnProgress;
}

export interface Measurement {
  readonly evaluation: Evaluation;
  readonly accuracy: MeasuredAccuracy;
  readonly assessment: Assessment;
  readonly views: Readonly<Partial<Record<View, MeasuredAccuracy>>>;
  readonly calibration?: Calibration;
  readonly comparison?: Comparison;
  readonly corruptions?: CorruptionResults;
}

export interface Calibration extends TemperatureEffect {
  /** `manifest`, or the number of held-out pictures that the temperature was fitted to. */
  readonly fittedOn: 'manifest' | { readonly heldOut: number; readonly count: number };
}

export interface Comparison extends McNemar {
  readonly model: string;
  readonly accuracy: number;
}

export interface CorruptionResults {
  readonly byKind: Readonly<Partial<Record<Corruption, Readonly<Record<Strength, number>>>>>;
  /** Mean accuracy over the kinds at each strength. */
  readonly means: Readonly<Record<Strength, number>>;
  /** At middle strength without JPEG: the figure that docs/LOG.md gives of several models; where all were measured. */
  readonly meanOfTen?: number;
}

export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { model, dataset, progressOf } = options;
  const { labels, manifest } = model;
  const evaluation = await evaluate(options);
  const { rows } = evaluation.predictions;
  const reader = await createViewReader(model, dataset);

  const views: Partial<Record<View, MeasuredAccuracy>> = {};
  for (const view of options.views) {
    if (view === 'one') continue;
    const readings = await reader.read(rows, view, undefined, progressOf(`measuring ${view}`));
    views[view] = measureAccuracy(readings, labels);
  }

  const temperature = manifest.calibration?.temperature;
  let calibration: Calibration | undefined =
    temperature === undefined
      ? undefined
      : { ...effectOfTemperature(evaluation.predictions, labels, temperature), fittedOn: 'manifest' };
  if (options.calibrate !== undefined) {
    const { validationRows } = chooseRows(dataset, { heldOut: options.calibrate });
    const heldOut = await reader.read(
      validationRows,
      'one',
      undefined,
      progressOf('fitting the temperature'),
    );
    calibration = {
      ...calibrate(evaluation.predictions, heldOut, labels),
      fittedOn: { heldOut: options.calibrate, count: validationRows.length },
    };
  }

  let comparison: Comparison | undefined;
  if (options.compare !== undefined) {
    const other = await evaluateRows(options.compare, dataset, rows, progressOf('measuring the other model'));
    comparison = {
      model: options.compare.manifest.id,
      accuracy: other.accuracy,
      ...compareReadings(evaluation.predictions, labels.length, other.predictions, other.labels.length),
    };
  }

  const byKind: Partial<Record<Corruption, Record<Strength, number>>> = {};
  for (const kind of options.corruptions) {
    const accuracies: [Strength, number][] = [];
    for (const strength of STRENGTHS) {
      const change = corrupt(kind, CORRUPTION_LEVELS[kind][strength]);
      const readings = await reader.read(rows, 'one', change, progressOf(`measuring ${kind}, ${strength}`));
      accuracies.push([strength, measureAccuracy(readings, labels).accuracy]);
    }
    byKind[kind] = Object.fromEntries(accuracies) as Record<Strength, number>;
  }

  return {
    evaluation,
    accuracy: measureAccuracy(evaluation.predictions, labels),
    assessment: assessReadings(evaluation.predictions, model),
    views,
    ...(calibration === undefined ? {} : { calibration }),
    ...(comparison === undefined ? {} : { comparison }),
    ...(options.corruptions.length === 0 ? {} : { corruptions: summarize(byKind) }),
  };
}

async function evaluate({ model, dataset, split, heldOut, progressOf }: MeasureOptions): Promise<Evaluation> {
  const onProgress = progressOf('measuring pictures');
  if (heldOut === undefined) return evaluateModel({ model, dataset, split, onProgress });
  const { validationRows } = chooseRows(dataset, { heldOut });
  const evaluation = await evaluateRows(model, dataset, validationRows, onProgress);
  return { ...evaluation, withoutDuplicates: undefined, repeated: 0 };
}

function summarize(byKind: Partial<Record<Corruption, Record<Strength, number>>>): CorruptionResults {
  const kinds = Object.values(byKind);
  const meanOf = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const means = Object.fromEntries(
    STRENGTHS.map((strength) => [strength, meanOf(kinds.map((kind) => kind[strength]))]),
  ) as Record<Strength, number>;
  const ten = CORRUPTIONS.filter((kind) => kind !== 'jpeg').map((kind) => byKind[kind]?.middle);
  const isWhole = ten.every((accuracy) => accuracy !== undefined);
  return { byKind, means, ...(isWhole ? { meanOfTen: meanOf(ten) } : {}) };
}
