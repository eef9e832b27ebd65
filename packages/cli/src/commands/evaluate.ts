/** `mien evaluate`: measures a model on labelled pictures. */
import { basename } from 'node:path';
import { type ModelContract, toContract } from '@mien/formats/model-file';
import { encodeDataUrl } from '@mien/node/drawing';
import { resolveClassifier } from '@mien/node/models';
import { madeWith } from '@mien/node/training';
import { toEvaluationReport } from '@mien/results/report';
import { type Dataset, evaluateModel, type Evaluation, type Split, splitsOf } from '@mien/train';
import { writeFileWhole } from '@mien/train/write-file';
import { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetOptions,
  openDataset,
} from '../datasets/dataset-options.js';
import { addContractOptions, CONTRACT_HELP } from '../options/contract-options.js';
import { modelOption, ONNX_RUNTIME_HELP } from '../options/model-option.js';
import { type ReportFormat, reportFormatOption, toJson } from '../options/report-format.js';
import { createCountProgress } from '../terminal/count-progress.js';

const EVERY_SPLIT = 'all';
/** Measured by default: pictures that a model was not trained on. FER2013's PrivateTest is kept for a final test. */
const PREFERRED_SPLITS: readonly Split[] = ['PublicTest', 'test', 'validation'];

interface EvaluateCommandOptions extends ModelContract, DatasetOptions {
  readonly model: string;
  readonly data: string;
  readonly split?: Split;
  readonly format: ReportFormat;
  readonly report?: string;
}

const HELP = `
${DATASET_HELP}

Without --split, the first of ${PREFERRED_SPLITS.join(', ')} in the data is measured, or else all rows. If pictures of the
split also occur in another split, byte for byte, the accuracy without them is printed too.

  macroF1  mean F1 over the labels, each counting the same
  ece      expected calibration error, 15 equal bins of the highest probability (0 is perfect)
  nll      negative log-likelihood, in nats
${CONTRACT_HELP}
${ONNX_RUNTIME_HELP}

Examples:
  $ mien evaluate --data fer2013.csv
  $ mien evaluate --data fer2013.csv.gz --model runs/paper/last.hdf5 --split PrivateTest
  $ mien evaluate --data fer2013.csv --ferplus fer2013new.csv
  $ mien evaluate --data faces/ --split all
  $ mien evaluate --data fer2013.csv --format json > metrics.json
  $ mien evaluate --data fer2013.csv --report mini-xception.html`;

export function createEvaluateCommand(context: CommandContext): Command {
  const command = new Command('evaluate')
    .description('measure a model on labelled pictures')
    .requiredOption('--data <path>', "FER2013's CSV (plain or .gz), or a folder of pictures")
    .addOption(modelOption())
    .option('--split <name>', `a split of the data, or ${EVERY_SPLIT}`)
    .addOption(reportFormatOption())
    .option(
      '--report <file.html>',
      'also write a report: confusion, calibration, most confident mistakes with their pictures',
    )
    .addHelpText('after', HELP)
    .action((options: EvaluateCommandOptions) => evaluate(context, options));
  return addContractOptions(addDatasetOptions(command, "the size of the model's input"));
}

async function evaluate(context: CommandContext, options: EvaluateCommandOptions): Promise<void> {
  const startMs = performance.now();
  const model = await resolveClassifier(options.model, toContract(options), (line) =>
    context.stderr.write(`${line}\n`),
  );
  const { width, height } = model.manifest.input;
  const dataset = await openDataset(context, options.data, options, Math.max(width, height));
  const split = options.split ?? chooseSplit(dataset);
  const others = splitsOf(dataset).filter((name) => name !== split);
  if (options.split === undefined && split !== EVERY_SPLIT && others.length > 0) {
    context.stderr.write(
      `measuring ${split} (${options.data} also has ${others.join(' and ')}; see --split)\n`,
    );
  }
  const progress = createCountProgress(context.stderr, 'measuring pictures');
  const measured = evaluateModel({ model, dataset, split, onProgress: progress.show });
  const evaluation = await measured.finally(progress.end);
  if (options.report !== undefined) {
    const page = await toEvaluationReport({
      model,
      data: basename(options.data),
      dataset,
      subject: split === EVERY_SPLIT ? 'all rows' : split,
      evaluation,
      seconds: (performance.now() - startMs) / 1000,
      madeWith: madeWith(),
      encodePicture: encodeDataUrl,
    });
    await writeFileWhole(options.report, page);
    context.stderr.write(`wrote ${options.report}\n`);
  }
  const subject = { model: model.manifest.id, data: options.data, split };
  context.stdout.write(
    options.format === 'json' ? toJson(toRecord(subject, evaluation)) : toTable(subject, evaluation),
  );
}

function chooseSplit(dataset: Dataset): Split {
  const present = splitsOf(dataset);
  return PREFERRED_SPLITS.find((split) => present.includes(split)) ?? EVERY_SPLIT;
}

interface Subject {
  readonly model: string;
  readonly data: string;
  readonly split: Split;
}

function toRecord(
  subject: Subject,
  { labels, perClass, confusion, withoutDuplicates, count, accuracy, macroF1, ece, nll }: Evaluation,
): object {
  return {
    ...subject,
    count,
    accuracy,
    macroF1,
    ece,
    nll,
    ...(withoutDuplicates === undefined ? {} : { withoutDuplicates }),
    perClass: Object.fromEntries(perClass.map(({ label, ...values }) => [label, values])),
    labels,
    confusion,
  };
}

function toTable(subject: Subject, evaluation: Evaluation): string {
  const { count, accuracy, macroF1, ece, nll, withoutDuplicates, labels, perClass, confusion } = evaluation;
  const repeats =
    withoutDuplicates === undefined
      ? ''
      : `   (${withoutDuplicates.accuracy.toFixed(4)} on the ${withoutDuplicates.count} that are in no other split)`;
  const split = subject.split === EVERY_SPLIT ? 'all rows' : subject.split;
  const nameColumns = Math.max(...labels.map((label) => label.length), 'true ↓ read →'.length) + 2;
  const cell = (text: string, columns = 10): string => text.padStart(columns);
  const classRows = perClass.map(
    ({ label, precision, recall, f1, support }) =>
      label.padEnd(nameColumns) +
      [precision, recall, f1].map((value) => cell(value.toFixed(3))).join('') +
      cell(String(support)),
  );
  const confusionRows = confusion.map(
    (row, index) =>
      (labels[index] ?? '').padEnd(nameColumns) + row.map((value) => cell(String(value))).join(''),
  );
  return [
    `${subject.model} on ${subject.data}, ${split}: ${count} pictures`,
    '',
    `accuracy  ${accuracy.toFixed(4)}${repeats}`,
    `macro F1  ${macroF1.toFixed(4)}`,
    `ECE       ${ece.toFixed(4)}`,
    `NLL       ${nll.toFixed(4)}`,
    '',
    ''.padEnd(nameColumns) + ['precision', 'recall', 'F1', 'pictures'].map((name) => cell(name)).join(''),
    ...classRows,
    '',
    'true ↓ read →'.padEnd(nameColumns) + labels.map((label) => cell(label)).join(''),
    ...confusionRows,
    '',
  ].join('\n');
}
