/**
 * FER+: the votes of ten people on every picture of FER2013, row for row with its CSV.
 *
 * A picture's soft label is the votes for FER2013's seven labels, divided by their sum; its label is the one with most
 * of them. Where contempt, `unknown` or `NF` (no face) has at least as many votes as the best of the seven, no label
 * can be told and the picture is left out, as Barsoum et al. discard pictures whose majority is one of the last two.
 * Votes for these three on other pictures are not counted: they name none of the labels that are learnt. Single votes
 * stay (the authors' script drops them): a target from all votes is what the votes say.
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
 * The dataset with soft labels, and labels, from the votes.
 *
 * @param dataset all rows of FER2013's CSV, in their order
 * @param text `fer2013new.csv`
 * @param source where the text is from, for messages
 * @throws MienError `INPUT_INVALID` when the text has another form or does not match the dataset's rows
 */
export function addFerPlusVotes(dataset: Dataset, text: string, source: string): Dataset {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const fail = (problem: string): never => {
    throw new MienError('INPUT_INVALID', `${source}: ${problem}; ${FERPLUS_ADVICE}`);
  };
  const [header = ''] = lines.splice(0, 1);
  const { usage, seven, others, total } = readHeader(header, dataset.labelNames, fail);
  if (lines.length !== dataset.count) {
    fail(
      `votes on ${lines.length} pictures, and the data has ${dataset.count} rows; both must be of one release`,
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
      failRow(`is of ${quote(fields[usage] ?? '')}, and that row of the data of ${split}; the orders differ`);
    }
    const votesIn = (column: number): number => {
      const text = fields[column] ?? '';
      const votes = /^\d+$/.test(text) ? Number(text) : NaN;
      return votes <= MAX_VOTES ? votes : failRow(`votes must be whole numbers, got ${quote(text)}`);
    };
    const votes = seven.map(votesIn);
    const most = Math.max(...votes);
    if (most <= Math.max(...others.map(votesIn))) return; // Its soft label stays all zeros: left out.
    const sum = votes.reduce((total, count) => total + count, 0);
    softLabels.set(votes.map((count) => count / sum), row * classes); // prettier-ignore
    // On a tie FER2013's own label decides where it is among the best, their order otherwise.
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
    total: names.length,
  };
}
