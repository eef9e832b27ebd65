import { DEFAULT_QUALITY, type Classifier } from '@mien/core';
import {
  assessReadings,
  calibrate,
  CORRUPTIONS,
  evaluatePredictions,
  measureAccuracy,
  type Dataset,
  type EpochSummary,
  type ModelMeasurement,
  type RowsEvaluation,
} from '@mien/train';
import { PRESETS } from '@mien/train/recipe';
import { toDataCounts } from '../report/data-counts.js';
import type { Report } from '../report/report.js';

export interface SyntheticReport {
  readonly labels: readonly string[];
  readonly epochs: number;
  /** Epochs from this one on have no validation loss. */
  readonly nanFrom?: number;
  /** Used for every text that comes from a file. */
  readonly text?: string;
}

const PICTURES_PER_LABEL = 12;
const SIDE = 48;
/** A picture of one pixel. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The report of a synthetic run, with every part that a page can have. */
export function makeReport({
  labels,
  epochs,
  nanFrom = Infinity,
  text = 'synthetic',
}: SyntheticReport): Report {
  const history = Array.from({ length: epochs }, (_, index) => toEpoch(index + 1, epochs, nanFrom));
  const { dataset, probabilities } = makePredictions(labels);
  const rows = Uint32Array.from(dataset.labels.keys());
  const truth = Array.from(dataset.labels);
  const evaluation: RowsEvaluation = {
    labels,
    ...evaluatePredictions(probabilities, truth, labels),
    predictions: { rows, truth, probabilities },
  };
  return {
    title: `Training of ${text}`,
    subtitle: text,
    course: { history, best: history[0], ending: 'The run was finished.' },
    measurement: {
      subject: text,
      evaluation,
      withoutDuplicates: { count: 5, accuracy: 0.6 },
      trust: makeTrust(evaluation, text),
      dataset,
      encodePicture: () => Promise.resolve(PIXEL),
    },
    counts: toDataCounts(dataset, [[text, rows]]),
    recipe: { ...PRESETS.paper, preset: text, [text]: [text] },
    environment: [
      ['program', 'Mien'],
      [text, text],
    ],
  };
}

/** Everything that `mien evaluate` can add, of the same readings. */
function makeTrust(evaluation: RowsEvaluation, text: string): ModelMeasurement {
  const { labels, predictions } = evaluation;
  const accuracy = measureAccuracy(predictions, labels);
  const heldOut = { heldOut: 0.1, count: 2898 };
  const byLabel = (value: number): Record<string, number> =>
    Object.fromEntries(labels.map((label) => [label, value]));
  const first = [...predictions.rows.keys()].slice(0, Math.max(1, labels.length));
  return {
    evaluation: { ...evaluation, withoutDuplicates: undefined, repeated: 0 },
    accuracy,
    assessment: assessReadings(predictions, {
      labels,
      manifest: { quality: DEFAULT_QUALITY },
    } as unknown as Classifier),
    views: { flip: accuracy, 'ten-crop': accuracy },
    calibration: { ...calibrate(predictions, predictions, labels), fittedOn: heldOut },
    adjustment: {
      tau: 0.4,
      offsets: labels.map(() => 0),
      before: { accuracy: 0.6, macroF1: 0.55, recall: byLabel(0.4) },
      after: { accuracy: 0.61, macroF1: 0.57, recall: byLabel(0.6) },
      fittedOn: heldOut,
    },
    comparison: { model: text, accuracy: 0.6, onlyFirst: 3, onlySecond: 1, pValue: 0.625 },
    corruptions: {
      byKind: Object.fromEntries(CORRUPTIONS.map((kind) => [kind, { weak: 0.6, middle: 0.5, strong: 0.3 }])),
      means: { weak: 0.6, middle: 0.5, strong: 0.3 },
      meanOfTen: 0.5,
    },
    groups: [
      {
        name: text,
        unknown: 7,
        groups: [
          { group: text, count: 120, isSmall: false, figures: accuracy },
          {
            group: 'few',
            count: first.length,
            isSmall: true,
            figures: measureAccuracy(predictions, labels, first),
          },
          { group: 'none', count: 0, isSmall: true, figures: null },
        ],
      },
    ],
  };
}

function toEpoch(epoch: number, epochs: number, nanFrom: number): EpochSummary {
  const loss = 0.9 + Math.exp((-3 * epoch) / epochs);
  return {
    epoch,
    loss,
    accuracy: 0.7 - 0.3 * (loss - 0.9),
    valLoss: epoch >= nanFrom ? NaN : loss + 0.1 * Math.sin(epoch),
    valAccuracy: 0.65 - 0.3 * (loss - 0.9),
    learningRate: 0.001,
    seconds: 30 + Math.sin(epoch),
  };
}

/** The first label is always read correctly; the others correctly, wrongly, or wrongly with high probability. */
function makePredictions(labels: readonly string[]): { dataset: Dataset; probabilities: Float32Array } {
  const [classes, count] = [labels.length, labels.length * PICTURES_PER_LABEL];
  const probabilities = new Float32Array(count * classes);
  for (let row = 0; row < count; row++) {
    const turn = Math.floor(row / classes); // 0 … 11 of each label
    const label = row % classes;
    const read = turn % 4 === 3 && label > 0 ? (label + turn) % classes : label;
    const sure = classes === 1 ? 1 : 0.52 + turn * 0.04;
    probabilities.fill((1 - sure) / (classes - 1), row * classes, (row + 1) * classes);
    probabilities[row * classes + read] = sure;
  }
  const dataset: Dataset = {
    count,
    width: SIDE,
    height: SIDE,
    images: Uint8Array.from({ length: count * SIDE * SIDE }, (_, i) => (i * 7) % 251),
    labels: Uint8Array.from({ length: count }, (_, row) => row % classes),
    labelNames: labels,
    splitNames: ['train'],
    splits: new Uint8Array(count),
  };
  return { dataset, probabilities };
}
