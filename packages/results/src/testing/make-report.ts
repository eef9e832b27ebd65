import { evaluatePredictions, type Dataset, type EpochSummary } from '@mien/train';
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
  return {
    title: `Training of ${text}`,
    subtitle: text,
    course: { history, best: history[0], ending: 'The run was finished.' },
    measurement: {
      subject: text,
      evaluation: {
        labels,
        ...evaluatePredictions(probabilities, truth, labels),
        predictions: { rows, truth, probabilities },
      },
      withoutDuplicates: { count: 5, accuracy: 0.6 },
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
