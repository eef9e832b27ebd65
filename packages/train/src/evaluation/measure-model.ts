/** Everything that `mien evaluate` measures of a model. */
import type { Classifier } from '@mien/core';
import { chooseRows } from '../choose-rows.js';
import { labelOf, type Dataset, type Split } from '../data/dataset.js';
import type { Grouping } from '../data/groups.js';
import { evaluateModel, evaluateRows, type Evaluation } from '../evaluate-model.js';
import type { McNemar } from '../metrics/mcnemar.js';
import { positionsOfLabels } from '../order-labels.js';
import type { OnProgress } from '../progress.js';
import { adjustLogits, labelShares, type LogitAdjustment } from './adjust-logits.js';
import { assessReadings, compareReadings, measureAccuracy, type Assessment, type MeasuredAccuracy } from './assess.js'; // prettier-ignore
import { calibrate, effectOfTemperature, type TemperatureEffect } from './calibrate.js';
import type { ByMargin } from './assess.js';
import type { Corruption } from './corruptions.js';
import { measureFaithfulness, sampleRows, type Faithfulness } from './faithfulness.js';
import { measureCorruptions, type CorruptionResults } from './measure-corruptions.js';
import { measureGroups, type MeasuredGrouping } from './measure-groups.js';
import { createViewReader } from './view-reader.js';
import type { View } from './views.js';

export interface MeasureOptions {
  readonly model: Classifier;
  readonly dataset: Dataset;
  readonly split: Split;
  /** Measures this part of the first split instead of `split`, chosen by the content of the pictures. */
  readonly heldOut?: number;
  /** Measured beside `one`; default none. */
  readonly views?: readonly View[];
  /** Fits a temperature and the threshold of unsure readings to this held-out part of the first split. */
  readonly calibrate?: number;
  /** Chooses a logit adjustment on this held-out part of the first split. */
  readonly adjust?: number;
  readonly compare?: Classifier;
  /** Default none. */
  readonly corruptions?: readonly Corruption[];
  /** Default none. */
  readonly groups?: readonly Grouping[];
  /** Tests explanations on at most so many of the pictures. Default: not at all. */
  readonly faithfulness?: number;
  /** Called with what is being measured, and then with the pictures done. */
  readonly progressOf?: (what: string) => OnProgress;
}

export interface ModelMeasurement {
  readonly evaluation: Evaluation;
  /** Of one view. */
  readonly accuracy: MeasuredAccuracy;
  readonly assessment: Assessment;
  readonly views: Readonly<Partial<Record<View, MeasuredAccuracy>>>;
  readonly calibration?: MeasuredCalibration;
  readonly adjustment?: MeasuredAdjustment;
  readonly comparison?: Comparison;
  readonly corruptions?: CorruptionResults;
  readonly groups?: readonly MeasuredGrouping[];
  readonly faithfulness?: Faithfulness;
}

/** The held-out pictures that something was fitted to. */
export interface FittedOn {
  readonly heldOut: number;
  readonly count: number;
}

export interface MeasuredCalibration extends TemperatureEffect {
  readonly fittedOn: 'manifest' | FittedOn;
  /** With the fitted threshold; absent with the manifest's, of which {@link Assessment} tells. */
  readonly byMargin?: ByMargin;
}

export interface MeasuredAdjustment extends LogitAdjustment {
  readonly fittedOn: FittedOn;
}

export interface Comparison extends McNemar {
  readonly model: string;
  readonly accuracy: number;
}

/**
 * Measures a model on one split, or on held-out pictures.
 *
 * @throws MienError `USAGE` when there are no rows, or the model does not know a label of the data
 */
export async function measureModel(options: MeasureOptions): Promise<ModelMeasurement> {
  const { model, dataset, compare, corruptions = [], groups, progressOf = () => () => undefined } = options;
  const { labels, manifest } = model;
  const evaluation = await evaluate(options, progressOf('measuring pictures'));
  const { predictions } = evaluation;
  const { rows } = predictions;
  const reader = await createViewReader(model, dataset);

  const views: Partial<Record<View, MeasuredAccuracy>> = {};
  for (const view of options.views ?? []) {
    if (view === 'one') continue;
    const readings = await reader.read(rows, view, undefined, progressOf(`measuring ${view}`));
    views[view] = measureAccuracy(readings, labels);
  }

  const readHeldOut = async (heldOut: number, what: string) => {
    const chosen = chooseRows(dataset, { heldOut });
    const readings = await reader.read(chosen.validationRows, 'one', undefined, progressOf(what));
    return { ...chosen, readings, fittedOn: { heldOut, count: chosen.validationRows.length } };
  };
  let calibration: MeasuredCalibration | undefined;
  if (options.calibrate !== undefined) {
    const { readings, fittedOn } = await readHeldOut(options.calibrate, 'fitting the temperature');
    calibration = { ...calibrate(predictions, readings, labels), fittedOn };
  } else if (manifest.calibration !== undefined) {
    const { temperature } = manifest.calibration;
    calibration = { ...effectOfTemperature(predictions, labels, temperature), fittedOn: 'manifest' };
  }

  let adjustment: MeasuredAdjustment | undefined;
  if (options.adjust !== undefined) {
    const { readings, fittedOn, trainRows } = await readHeldOut(options.adjust, 'adjusting the logits');
    const positions = positionsOfLabels(dataset.labelNames, labels, `evaluate: model ${manifest.id}`);
    const truth = Array.from(trainRows, (row) => positions[labelOf(dataset, row)] ?? -1);
    const shares = labelShares(truth, labels.length);
    adjustment = { ...adjustLogits(predictions, readings, shares, labels), fittedOn };
  }

  let comparison: Comparison | undefined;
  if (compare !== undefined) {
    const other = await evaluateRows(compare, dataset, rows, progressOf('measuring the other model'));
    comparison = {
      model: compare.manifest.id,
      accuracy: other.accuracy,
      ...compareReadings(predictions, labels.length, other.predictions, other.labels.length),
    };
  }

  const worse =
    corruptions.length === 0
      ? undefined
      : await measureCorruptions(reader, rows, labels.length, corruptions, progressOf);
  let faithfulness: Faithfulness | undefined;
  if (options.faithfulness !== undefined) {
    const sample = sampleRows(dataset, rows, options.faithfulness);
    const onProgress = progressOf('testing explanations');
    faithfulness = await measureFaithfulness({ model, dataset, rows: sample, onProgress });
  }

  return {
    evaluation,
    accuracy: measureAccuracy(predictions, labels),
    assessment: assessReadings(predictions, model),
    views,
    ...(calibration === undefined ? {} : { calibration }),
    ...(adjustment === undefined ? {} : { adjustment }),
    ...(comparison === undefined ? {} : { comparison }),
    ...(worse === undefined ? {} : { corruptions: worse }),
    ...(groups === undefined ? {} : { groups: measureGroups(predictions, labels, groups) }),
    ...(faithfulness === undefined ? {} : { faithfulness }),
  };
}

async function evaluate(
  { model, dataset, split, heldOut }: MeasureOptions,
  onProgress: OnProgress,
): Promise<Evaluation> {
  if (heldOut === undefined) return evaluateModel({ model, dataset, split, onProgress });
  const { validationRows } = chooseRows(dataset, { heldOut });
  const evaluation = await evaluateRows(model, dataset, validationRows, onProgress);
  return { ...evaluation, withoutDuplicates: undefined, repeated: 0 };
}
