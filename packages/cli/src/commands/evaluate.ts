/** `mien evaluate`: measures a model on labelled pictures. */
import { basename, dirname, join } from 'node:path';
import { MienError } from '@mien/core';
import { type ModelSettings, toContract } from '@mien/formats/model-file';
import { encodeDataUrl } from '@mien/node/drawing';
import { locateModel, resolveClassifier } from '@mien/node/models';
import { madeWith } from '@mien/node/training';
import { toCounted, toPrintable } from '@mien/results';
import { toEvaluationReport } from '@mien/results/report';
import {
  type Corruption,
  CORRUPTIONS,
  type Dataset,
  measureModel,
  MIN_GROUP_PICTURES,
  type ModelMeasurement,
  type OnProgress,
  type Split,
  splitsOf,
  type View,
  VIEWS,
} from '@mien/train';
import { readGroups } from '@mien/train/node';
import { writeFileWhole } from '@mien/train/write-file';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CommandContext } from '../command-context.js';
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetOptions,
  openDataset,
} from '../datasets/dataset-options.js';
import { checkOutput } from '../options/check-output.js';
import { addContractOptions, CONTRACT_HELP } from '../options/contract-options.js';
import { modelOption, ONNX_RUNTIME_HELP } from '../options/model-option.js';
import { toJson } from '../options/report-format.js';
import { type CountProgress, createCountProgress } from '../terminal/count-progress.js';
import { toMarkdown, toTerminalText, type Subject } from '../evaluation/evaluation-text.js';
import { toRecord } from '../evaluation/measurement-record.js';

const EVERY_SPLIT = 'all';
/** Measured by default: pictures that a model was not trained on. FER2013's PrivateTest is kept for a final test. */
const PREFERRED_SPLITS: readonly Split[] = ['PublicTest', 'test', 'validation'];

/** Pictures by which explanations are tested, unless the user says another number. */
const FAITHFULNESS_FACES = 500;

const FORMATS = ['table', 'json', 'markdown'] as const;

interface EvaluateCommandOptions extends ModelSettings, DatasetOptions {
  readonly model: string;
  readonly data: string;
  readonly split?: Split;
  readonly heldOut?: number;
  readonly views: readonly View[];
  readonly calibrate?: number;
  readonly adjust?: number;
  readonly groups?: string;
  readonly compare?: string;
  readonly corruptions?: readonly Corruption[] | true;
  readonly faithfulness?: number | true;
  readonly format: (typeof FORMATS)[number];
  readonly report?: string;
}

const HELP = `
${DATASET_HELP}

Without --split, the first of ${PREFERRED_SPLITS.join(', ')} in the data is measured, or else all rows. If pictures of the
split also occur in another split, byte for byte, the accuracy without them is printed too. Intervals hold
95 % (bootstrap).

--held-out measures the pictures that mien train --held-out keeps back from the training split, on which to choose a
recipe. --calibrate fits a temperature to them, and the lead below which a reading is more often wrong than right; a
manifest can carry both ("calibration": {"temperature": 1.3}, "quality": {"minMargin": 0.2}). --adjust chooses a logit
adjustment on them, which raises the recall of rare expressions.
--groups gives every figure for each group of pictures that a CSV file names: its first column holds the picture (the path
in the folder, or the row of FER2013's CSV, from 1), and every other column a kind of group, such as age.
--corruptions measures pictures made worse at three strengths: ${CORRUPTIONS.join(', ')}.
--faithfulness tests whether explanations point at what a reading hangs on: hiding the hottest fifth of a face must lower
the probability more than hiding a random fifth.
Views: one (the picture), flip (the mean of it and its mirror image), ten-crop (the mean of ten crops).

  macroF1  mean F1 over the labels that the pictures have, each counting the same
  repeated pictures that are also in another split, byte for byte
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
  $ mien evaluate --data fer2013.csv --report nano.html
  $ mien evaluate --data fer2013.csv --model runs/mine/last.hdf5 --calibrate 0.1 --compare mini-xception
  $ mien evaluate --data fer2013.csv --views one,flip,ten-crop --corruptions --format markdown > robust.md`;

export function createEvaluateCommand(context: CommandContext): Command {
  const command = new Command('evaluate')
    .description('measure a model on labelled pictures')
    .requiredOption('--data <path>', "FER2013's CSV (plain or .gz), or a folder of pictures")
    .addOption(modelOption())
    .option('--split <name>', `a split of the data, or ${EVERY_SPLIT}`)
    .addOption(
      new Option(
        '--held-out <part>',
        'measure this part of the training split, chosen by a hash of the pixels',
      )
        .argParser(parsePart)
        .conflicts('split'),
    )
    .addOption(
      new Option('--views <names>', `what to measure, joined by commas: ${VIEWS.join(', ')}`)
        .argParser((text) => parseNames(text, VIEWS))
        .default(['one'], 'one'),
    )
    .option('--calibrate <part>', 'fit a temperature to this held-out part of the training split', parsePart)
    .option('--adjust <part>', 'choose a logit adjustment on this held-out part', parsePart)
    .option('--groups <file.csv>', 'give every figure for each group of people or pictures in this file')
    .option('--compare <id|path>', "another model, compared on the same pictures by McNemar's test")
    .option(
      '--corruptions [names]',
      'measure worse pictures too: all kinds, or some joined by commas',
      (text) => parseNames(text, CORRUPTIONS),
    )
    .option(
      '--faithfulness [faces]',
      `test explanations too, on at most so many pictures (${FAITHFULNESS_FACES})`,
      parseCount,
    )
    .addOption(new Option('--format <name>', 'how results are printed').choices(FORMATS).default('table'))
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
  const say = (line: string): void => {
    context.stderr.write(`${line}\n`);
  };
  const { data, report, ferplus, labelMap } = options;
  const located = await locateModel(options.model, 'classifier');
  const other = options.compare === undefined ? undefined : await locateModel(options.compare, 'classifier');
  if (report !== undefined)
    await checkOutput(report, [data, located.path, other?.path, options.groups, ferplus, labelMap]);
  const model = await resolveClassifier(located, toContract(options), say);
  const compare = other && (await resolveClassifier(other, {}, say));
  const dataset = await openDataset(context, data, options, model.manifest.input);
  const groups = options.groups === undefined ? undefined : await readGroups(options.groups, dataset);
  const split = options.split ?? chooseSplit(dataset);
  const [trainSplit] = dataset.splitNames;
  if (
    (options.calibrate ?? options.adjust) !== undefined &&
    (options.heldOut !== undefined || split === trainSplit || split === EVERY_SPLIT)
  ) {
    throw new MienError('USAGE', `evaluate: ${options.calibrate === undefined ? '--adjust' : '--calibrate'} takes pictures of ${trainSplit ?? 'the first split'}, on which nothing else may be measured; choose another --split`); // prettier-ignore
  }
  const others = splitsOf(dataset).filter((name) => name !== split);
  if (
    options.heldOut === undefined &&
    options.split === undefined &&
    split !== EVERY_SPLIT &&
    others.length > 0
  ) {
    context.stderr.write(`measuring ${split} (${data} also has ${others.join(' and ')}; see --split)\n`);
  }
  const { corruptions = [], faithfulness } = options;
  const progress = createProgress(context);
  const measuring = measureModel({
    model,
    dataset,
    split,
    views: options.views,
    corruptions: corruptions === true ? CORRUPTIONS : corruptions,
    progressOf: progress.of,
    ...(options.heldOut === undefined ? {} : { heldOut: options.heldOut }),
    ...(options.calibrate === undefined ? {} : { calibrate: options.calibrate }),
    ...(options.adjust === undefined ? {} : { adjust: options.adjust }),
    ...(compare === undefined ? {} : { compare }),
    ...(faithfulness === undefined
      ? {}
      : { faithfulness: faithfulness === true ? FAITHFULNESS_FACES : faithfulness }),
    ...(groups === undefined ? {} : { groups }),
  });
  const measured = await measuring.finally(progress.end);
  // Every run's last checkpoint is called last: then their folders tell them apart.
  const areNamesakes = compare?.manifest.id === model.manifest.id;
  const id = areNamesakes ? withFolder(options.model) : model.manifest.id;
  const { comparison } = measured;
  const measurement: ModelMeasurement = {
    ...measured,
    ...(comparison &&
      areNamesakes && { comparison: { ...comparison, model: withFolder(options.compare ?? '') } }),
  };
  const { evaluation } = measurement;
  if (evaluation.repeated === evaluation.count) {
    say(`all ${evaluation.count} pictures are also in another split of ${data}, byte for byte: if the model was trained on it, this says nothing about new pictures`); // prettier-ignore
  }
  warnOfSmallGroups(context, measurement);
  const part =
    options.heldOut !== undefined
      ? `held-out ${options.heldOut} of ${trainSplit ?? ''}`
      : split === EVERY_SPLIT
        ? 'all rows'
        : split;
  const rows = options.heldOut === undefined ? { split } : { split: trainSplit, heldOut: options.heldOut };
  const record = { model: id, data, ...rows, ...toRecord(measurement) };
  // Before the report: what was measured is not lost if that cannot be written.
  context.stdout.write(toText(options.format, { model: id, data, part }, measurement, record));
  if (report === undefined) return;
  const page = await toEvaluationReport({
    model,
    name: id,
    data: basename(data),
    dataset,
    subject: part,
    measurement,
    seconds: (performance.now() - startMs) / 1000,
    madeWith: madeWith(),
    encodePicture: encodeDataUrl,
  });
  await writeFileWhole(report, page);
  context.stderr.write(`wrote ${report}\n`);
}

/** The last two parts of a path. */
function withFolder(path: string): string {
  return join(basename(dirname(path)), basename(path));
}

function toText(
  format: EvaluateCommandOptions['format'],
  subject: Subject,
  measurement: ModelMeasurement,
  record: object,
): string {
  switch (format) {
    case 'json':
      return toJson(record);
    case 'markdown':
      return toMarkdown(subject, measurement);
    case 'table':
      return toTerminalText(subject, measurement);
    default:
      return format satisfies never;
  }
}

/** One progress line after the other. */
function createProgress({ stderr }: CommandContext): {
  readonly of: (what: string) => OnProgress;
  readonly end: () => void;
} {
  let current: CountProgress | undefined;
  const end = (): void => current?.end();
  return {
    of(what) {
      end();
      current = createCountProgress(stderr, what);
      return current.show;
    },
    end,
  };
}

function chooseSplit(dataset: Dataset): Split {
  const present = splitsOf(dataset);
  return PREFERRED_SPLITS.find((split) => present.includes(split)) ?? EVERY_SPLIT;
}

function warnOfSmallGroups({ stderr }: CommandContext, { groups = [] }: ModelMeasurement): void {
  const small = groups.flatMap(({ name, groups: measured }) =>
    measured
      .filter(({ isSmall }) => isSmall)
      .map(({ group, count }) => `${name} ${group} (${toCounted(count, 'picture')})`),
  );
  if (small.length === 0) return;
  stderr.write(
    `groups of fewer than ${MIN_GROUP_PICTURES} pictures say little: ${toPrintable(small.join(', '))}\n`,
  );
}

function parsePart(text: string): number {
  const value = Number(text);
  if (!(value >= 0.001 && value <= 0.9))
    throw new InvalidArgumentError('It must be a number from 0.001 to 0.9.');
  return value;
}

function parseCount(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1))
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return value;
}

function parseNames<T extends string>(text: string, known: readonly T[]): T[] {
  return text.split(',').map((name) => {
    const found = known.find((candidate) => candidate === name.trim());
    if (found === undefined) throw new InvalidArgumentError(`It must be of ${known.join(', ')}.`);
    return found;
  });
}
