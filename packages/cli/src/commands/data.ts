/** `mien data`: checks a data set and previews its augmentation. */
import { MienError } from '@mien/core';
import { checkDataset } from '@mien/train';
import { writeFileWhole } from '@mien/train/write-file';
import { Command } from 'commander';
import { type CommandContext, printError } from '../command-context.js';
import {
  addDatasetOptions,
  DATASET_HELP,
  type DatasetOptions,
  readCollection,
} from '../datasets/dataset-options.js';
import {
  type CheckedDataset,
  summarizeLeftOut,
  toListCsv,
  toReport,
  toReportRecord,
} from '../datasets/dataset-report.js';
import { checkOutput } from '../options/check-output.js';
import { type ReportFormat, reportFormatOption, toJson } from '../options/report-format.js';
import { createCountProgress } from '../terminal/count-progress.js';
import { createTerminal } from '../terminal/terminal.js';
import { createPreviewCommand } from './data-preview.js';

interface CheckOptions extends DatasetOptions {
  readonly format: ReportFormat;
  readonly list?: string;
}

const HELP = `
${DATASET_HELP}

Pictures are compared as they are read: faces cut out, grey, resized. Exact duplicates are equal pixel by pixel. Near
duplicates look the same but may be cropped, brightened or compressed differently. Every file that cannot be read is named,
and the exit code is then 1.

Examples:
  $ mien data check fer2013.csv.gz
  $ mien data check fer2013.csv --ferplus fer2013new.csv
  $ mien data check faces/ --list duplicates.csv
  $ mien data check CK+/ --neutral-frames --label-map map.json --format json`;

const EXAMPLES = `
Examples:
  $ mien data check fer2013.csv.gz      its contents and problems
  $ mien data preview --data fer2013.csv.gz --preset robust --out sheet.png
                                        training pictures with augmentation
  $ mien data check --help              layouts and options`;

export function createDataCommand(context: CommandContext): Command {
  const check = new Command('check')
    .description('count labels, find duplicate, blank and unreadable pictures')
    .argument('<path>', "FER2013's CSV (plain or .gz), or a folder of pictures")
    .addOption(reportFormatOption())
    .option('--list <file>', 'write every duplicate or blank picture as a row of CSV');
  addDatasetOptions(check)
    .addHelpText('after', HELP)
    .action((path: string, options: CheckOptions) => checkCollection(context, path, options));
  return new Command('data')
    .description('check and preview a data set')
    .addCommand(check)
    .addCommand(createPreviewCommand(context))
    .addHelpText('after', EXAMPLES);
}

async function checkCollection(context: CommandContext, path: string, options: CheckOptions): Promise<void> {
  if (options.list !== undefined) await checkOutput(options.list, [path, options.ferplus, options.labelMap]);
  const sizes = new Map<string, number>();
  const leftOut: CheckedDataset['leftOut'][number][] = [];
  const unreadable: CheckedDataset['unreadable'][number][] = [];
  const dataset = await readCollection(context, path, options, {
    onPicture: (_, width, height) => {
      const size = `${width}×${height}`;
      sizes.set(size, (sizes.get(size) ?? 0) + 1);
    },
    onLeftOut: (source, reason) => leftOut.push({ source, reason }),
    onUnreadable: (source, error) => unreadable.push({ source, message: error.message }),
  }).catch((error: unknown) => {
    // No picture could be read; report why.
    for (const line of summarizeLeftOut(leftOut)) printError(context, `left out: ${line}`);
    for (const { message } of unreadable) printError(context, message);
    throw error;
  });

  const progress = createCountProgress(context.stderr, 'comparing pictures');
  const check = await checkDataset(dataset, progress.show).finally(progress.end);
  for (const { message } of unreadable) printError(context, new MienError('INPUT_UNREADABLE', message));
  if (unreadable.length > 0) context.fail(1);
  const checked: CheckedDataset = { data: path, dataset, check, sizes, leftOut, unreadable };
  if (options.list !== undefined) await writeFileWhole(options.list, toListCsv(checked));
  context.stdout.write(
    options.format === 'json'
      ? toJson(toReportRecord(checked))
      : toReport(checked, createTerminal(context.stdout)),
  );
}
