/** The measurement of a model as tables: for a terminal, and as Markdown. */
import {
  STRENGTHS,
  type Interval,
  type MeasuredAccuracy,
  type ModelMeasurement,
  type PartAccuracy,
} from '@mien/train';
import { toPrintable } from '@mien/results';

export interface Subject {
  readonly model: string;
  readonly data: string;
  /** What was measured, for people. */
  readonly part: string;
}

interface Table {
  readonly title: string;
  readonly heads: readonly string[];
  /** The first cell of a row is its name. */
  readonly rows: readonly (readonly string[])[];
}

/** Blank-separated columns. */
export function toTerminalText(subject: Subject, measurement: ModelMeasurement): string {
  const { evaluation, accuracy } = measurement;
  const { count, macroF1, ece, nll, withoutDuplicates } = evaluation;
  const repeats =
    withoutDuplicates === undefined
      ? ''
      : `   (${withoutDuplicates.accuracy.toFixed(4)} on the ${withoutDuplicates.count} that are in no other split)`;
  const tables = tablesOf(measurement).map(({ heads, rows }) => {
    const [first = '', ...others] = heads;
    const nameColumns =
      Math.max(...[first, ...rows.map(([name = '']) => name)].map((name) => name.length)) + 2;
    const line = ([name = '', ...cells]: readonly string[]): string =>
      name.padEnd(nameColumns) + cells.map((cell) => cell.padStart(10)).join('');
    return [line([first, ...others]), ...rows.map(line), ''].join('\n');
  });
  return [
    `${subject.model} on ${subject.data}, ${subject.part}: ${count} pictures`,
    '',
    `accuracy  ${accuracy.accuracy.toFixed(4)}${repeats}`,
    `          ${toRange(accuracy.accuracyInterval)} (95 %)`,
    `macro F1  ${macroF1.toFixed(4)}`,
    `          ${toRange(accuracy.macroF1Interval)} (95 %)`,
    `ECE       ${ece.toFixed(4)}`,
    `NLL       ${nll.toFixed(4)}`,
    ...sentencesOf(measurement),
    '',
    ...tables,
  ].join('\n');
}

export function toMarkdown(subject: Subject, measurement: ModelMeasurement): string {
  const { evaluation, accuracy } = measurement;
  const { withoutDuplicates } = evaluation;
  const overall: Table = {
    title: 'Overall',
    heads: ['measured on', 'pictures', 'accuracy', '95 %', 'macro F1', '95 %', 'ECE', 'NLL'],
    rows: [
      [
        subject.part,
        String(accuracy.count),
        toPercent(accuracy.accuracy),
        toPercents(accuracy.accuracyInterval),
        accuracy.macroF1.toFixed(3),
        toRange(accuracy.macroF1Interval),
        evaluation.ece.toFixed(3),
        evaluation.nll.toFixed(3),
      ],
      ...(withoutDuplicates === undefined
        ? []
        : [
            [
              'without pictures that another split repeats',
              String(withoutDuplicates.count),
              toPercent(withoutDuplicates.accuracy),
              toPercents(withoutDuplicates.accuracyInterval),
              withoutDuplicates.macroF1.toFixed(3),
              toRange(withoutDuplicates.macroF1Interval),
              '',
              '',
            ],
          ]),
    ],
  };
  const tables = [overall, ...tablesOf(measurement)].map(
    ({ title, heads, rows }) =>
      `## ${title}\n\n${[heads, heads.map((_, i) => (i === 0 ? ':--' : '--:')), ...rows]
        .map((cells) => `| ${cells.map(escapeCell).join(' | ')} |\n`)
        .join('')}`,
  );
  const sentences = sentencesOf(measurement).map((sentence) => `- ${sentence}\n`);
  return [
    `# ${subject.model} on ${subject.data}, ${subject.part}\n`,
    ...tables.slice(0, 1),
    sentences.join(''),
    ...tables.slice(1),
  ].join('\n');
}

/** A name may hold what separates cells. */
function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** What has no table. */
function sentencesOf(measurement: ModelMeasurement): string[] {
  const { assessment, calibration, adjustment, comparison, corruptions, faithfulness, accuracy } =
    measurement;
  const { selective, byMargin } = assessment;
  const { sure, unsure, minMargin } = byMargin;
  const lines = [
    `accuracy of the surest 80 %: ${selective.accuracyAt80.toFixed(4)}`,
    `a lead of ${minMargin} or more: ${toPart(sure)}; less (unsure): ${toPart(unsure)}`,
  ];
  if (calibration !== undefined) {
    const { temperature, ece, nll, fittedOn, byMargin: fitted } = calibration;
    const source =
      fittedOn === 'manifest' ? "the manifest's" : `fitted to ${fittedOn.count} held-out pictures`;
    lines.push(
      `temperature ${temperature.toFixed(3)} (${source}): ECE ${ece.raw.toFixed(4)} → ${ece.scaled.toFixed(4)}, NLL ${nll.raw.toFixed(4)} → ${nll.scaled.toFixed(4)}`,
    );
    if (fitted !== undefined) {
      lines.push(
        `at this temperature a lead of ${fitted.minMargin} (fitted): ${toPart(fitted.sure)}; less: ${toPart(fitted.unsure)}`,
      );
    }
  }
  if (adjustment !== undefined) {
    const { tau, before, after, fittedOn } = adjustment;
    lines.push(
      `logit adjustment, τ ${tau} (chosen on ${fittedOn.count} held-out pictures): accuracy ${before.accuracy.toFixed(4)} → ${after.accuracy.toFixed(4)}, macro F1 ${before.macroF1.toFixed(4)} → ${after.macroF1.toFixed(4)}, recall ${toRecallChanges(before.recall, after.recall)}`,
    );
  }
  if (comparison !== undefined) {
    const { model, onlyFirst, onlySecond, pValue } = comparison;
    lines.push(
      `beside ${model} (accuracy ${comparison.accuracy.toFixed(4)}): ${onlyFirst} pictures right here alone, ${onlySecond} there alone, p = ${pValue < 1e-4 ? pValue.toExponential(1) : pValue.toFixed(4)} (McNemar)`,
    );
  }
  if (corruptions?.meanOfTen !== undefined) {
    lines.push(
      `mean accuracy under ten corruptions of middle strength: ${corruptions.meanOfTen.toFixed(4)} (${accuracy.accuracy.toFixed(4)} without)`,
    );
  }
  if (faithfulness !== undefined) {
    const { method, layer, count, hottest, random, more, share } = faithfulness;
    const how = layer === undefined ? method : `${method} at ${layer}`;
    lines.push(
      `explanations (${how}, ${count} pictures): hiding the hottest fifth lowers the probability by ${hottest.mean.toFixed(3)}, a random fifth by ${random.mean.toFixed(3)}; more by ${more.mean.toFixed(3)} (${toRange(more.interval)}), in ${toPercent(share)} of the pictures`,
    );
  }
  return lines;
}

function toRecallChanges(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): string {
  return Object.entries(before)
    .map(([label, recall]) => `${label} ${recall.toFixed(2)} → ${(after[label] ?? NaN).toFixed(2)}`)
    .join(', ');
}

function tablesOf({ evaluation, views, accuracy, corruptions, groups = [] }: ModelMeasurement): Table[] {
  const { labels, perClass, confusion } = evaluation;
  const viewRows = Object.entries({ one: accuracy, ...views });
  return [
    {
      title: 'By expression',
      heads: ['', 'precision', 'recall', 'low 95 %', 'high 95 %', 'F1', 'pictures'],
      rows: perClass.map(({ label, precision, recall, f1, support }, index) => {
        const { low, high } = accuracy.perClass[index]!.recallInterval;
        const figures = [precision, recall, low, high, f1].map((value) => value.toFixed(3));
        return [label, ...figures, String(support)];
      }),
    },
    {
      title: 'Confusion',
      heads: ['true ↓ read →', ...labels],
      rows: confusion.map((row, index) => [labels[index] ?? '', ...row.map(String)]),
    },
    ...(viewRows.length > 1
      ? [
          {
            title: 'Views',
            heads: ['view', 'accuracy', 'low 95 %', 'high 95 %', 'macro F1'],
            rows: viewRows.map(([view, measured]) => [
              view,
              measured.accuracy.toFixed(4),
              measured.accuracyInterval.low.toFixed(4),
              measured.accuracyInterval.high.toFixed(4),
              measured.macroF1.toFixed(4),
            ]),
          },
        ]
      : []),
    ...(corruptions === undefined
      ? []
      : [
          {
            title: 'Corruptions',
            heads: ['accuracy under', ...STRENGTHS],
            rows: [...Object.entries(corruptions.byKind), ['mean', corruptions.means] as const].map(
              ([kind, accuracies]) => [kind, ...STRENGTHS.map((strength) => accuracies[strength].toFixed(3))],
            ),
          },
        ]),
    ...groups.map(({ name, groups: parts, unknown }) => ({
      title: toPrintable(name),
      heads: [toPrintable(name), 'pictures', 'accuracy', 'low 95 %', 'high 95 %', 'macro F1', 'ECE', 'NLL'],
      rows: [
        ...parts.map(({ group, count, figures }) => [
          toPrintable(group),
          String(count),
          ...(figures === null ? ['–', '–', '–', '–', '–', '–'] : toGroupFigures(figures)),
        ]),
        ...(unknown === 0 ? [] : [['(not in the file)', String(unknown), '', '', '', '', '', '']]),
      ],
    })),
  ];
}

function toGroupFigures({ accuracy, accuracyInterval, macroF1, ece, nll }: MeasuredAccuracy): string[] {
  return [
    ...[accuracy, accuracyInterval.low, accuracyInterval.high].map((value) => value.toFixed(4)),
    ...[macroF1, ece, nll].map((value) => value.toFixed(3)),
  ];
}

function toPart({ count, accuracy, interval }: PartAccuracy): string {
  return accuracy === null
    ? 'no picture'
    : `${accuracy.toFixed(4)} (${toRange(interval)}) of ${count} are right`;
}

function toRange({ low, high }: Interval): string {
  return `${low.toFixed(3)} to ${high.toFixed(3)}`;
}

function toPercent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function toPercents({ low, high }: Interval): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)}`;
}
