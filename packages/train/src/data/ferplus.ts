/**
 * FER+: the votes of ten people on each picture of FER2013, in the row order of its CSV.
 *
 * The votes replace FER2013's labels, or are a share of the target beside them. When they replace them, a picture's soft label is the votes for FER2013's seven labels, divided by their sum; its label is the one with the
 * most votes. A picture is excluded when contempt, `unknown` or `NF` (no face) has at least as many votes as the best of
 * the seven; Barsoum et al. discard pictures whose majority is one of the last two. On other pictures, votes for these
 * three are ignored. Single votes count; the authors' script drops them.
 *
 * As a share of the target they leave the labels as they are: votes alone are another labelling, in which faint
 * expressions are neutral. Then only pictures without a face are excluded, and the target of a picture whose votes do
 * not count is its label.
 *
 * Ref: Barsoum, Zhang, Canton Ferrer, Zhang 2016, "Training Deep Networks for Facial Expression Recognition with
 * Crowd-Sourced Label Distribution".
 */
import { MienError } from '@mien/core';
import type { Dataset } from './dataset.js';
import { toOurName } from './label-map.js';
import { quote } from './quote.js';

const NO_LABEL = ['contempt', 'unknown', 'NF'] as const;
/** What to do about a file that is not FER+. */
export const FERPLUS_ADVICE = "give FER+'s fer2013new.csv";
const MAX_VOTES = 1000;

/**
 * Returns the dataset with labels and soft labels from the votes.
 *
 * @param dataset all rows of FER2013's CSV, in their order
 * @param text `fer2013new.csv`
 * @param source where the text is from, for messages
 * @param share of the votes in each soft label, 0 to 1; below 1 the labels stay FER2013's. Default 1
 * @throws MienError `INPUT_INVALID` when the text has another form or does not match the dataset's rows
 */
export function addFerPlusVotes(dataset: Dataset, text: string, source: string, share = 1): Dataset {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const fail = (problem: string): never => {
    throw new MienError('INPUT_INVALID', `${source}: ${problem}; ${FERPLUS_ADVICE}`);
  };
  const [header = ''] = lines.splice(0, 1);
  const { usage, seven, others, noFace, total } = readHeader(header, dataset.labelNames, fail);
  if (lines.length !== dataset.count) {
    fail(
      `it has votes on ${lines.length} pictures, but the data has ${dataset.count} rows; use the same release of both`,
    );
  }

  const classes = dataset.labelNames.length;
  const softLabels = new Float32Array(dataset.count * classes);
  const labels = dataset.labels.slice();
  lines.forEach((line, row) => {
    const failRow = (problem: string): never => fail(`row ${row + 1}: ${problem}`);
    const fields = line.split(',').map((field) => field.trim());
    if (fields.length !== total) failRow(`expected ${total} columns, got ${fields.length}`);
    const split = dataset.splitNames[dataset.splits[row] ?? -1];
    if (fields[usage] !== split) {
      failRow(`the split is ${quote(fields[usage] ?? '')}, but ${split} in the data; the row orders differ`);
    }
    const votesIn = (column: number): number => {
      const text = fields[column] ?? '';
      const votes = /^\d+$/.test(text) ? Number(text) : NaN;
      return votes <= MAX_VOTES ? votes : failRow(`votes must be whole numbers, got ${quote(text)}`);
    };
    const votes = seven.map(votesIn);
    const most = Math.max(...votes);
    const counts = most > Math.max(...others.map(votesIn));
    const sum = votes.reduce((total, count) => total + count, 0);
    if (share < 1) {
      if (most <= votesIn(noFace)) return; // A soft label of zeros excludes the picture.
      const part = counts ? share : 0;
      const label = labels[row]!;
      softLabels.set(votes.map((count, index) => (index === label ? 1 - part : 0) + (part * count) / sum), row * classes); // prettier-ignore
      return;
    }
    if (!counts) return;
    softLabels.set(votes.map((count) => count / sum), row * classes); // prettier-ignore
    // On a tie FER2013's label wins if it is among the best, otherwise the first one.
    if (votes[labels[row] ?? -1] !== most) labels[row] = votes.indexOf(most);
  });
  return { ...dataset, labels, softLabels };
}

interface Header {
  readonly usage: number;
  /** Columns of the dataset's labels, in their order. */
  readonly seven: readonly number[];
  /** Columns of votes for no label. */
  readonly others: readonly number[];
  readonly noFace: number;
  readonly total: number;
}

function readHeader(line: string, labels: readonly string[], fail: (problem: string) => never): Header {
  const names = line.split(',').map((name) => toOurName(name));
  const columnOf = (name: string): number => {
    const column = names.indexOf(name);
    return column === -1 ? fail(`no column ${name} in ${quote(line)}`) : column;
  };
  return {
    usage: columnOf('Usage'),
    seven: labels.map(columnOf),
    others: NO_LABEL.map(columnOf),
    noFace: columnOf('NF'),
    total: names.length,
  };
}
