/** `mien models`: lists the installed models, or the checkpoints in a folder. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError, parseManifest, type Manifest } from '@mien/core';
import { extensionOf, importModelFile } from '@mien/formats/model-file';
import { toReadError } from '@mien/node/files';
import {
  findInstalledModel,
  listInstalledModels,
  locateModel,
  MANIFEST,
  readManifest,
} from '@mien/node/models';
import { Command } from 'commander';
import { printError, type CommandContext } from '../command-context.js';
import type { EpochFigures, RunHistory } from '../models/run-history.js';
import { reportFormatOption, toJson, type ReportFormat } from '../options/report-format.js';
import { toColumns, toSize, type Column } from '../terminal/print-columns.js';

interface ModelsOptions {
  readonly format: ReportFormat;
}

const HELP = `
Models are npm packages named @mien/model-<id>. With a folder, its model files are listed by epoch, with their validation
accuracy and loss; pass any of them to --model. In the folder of a run, ▸ marks the checkpoint that train reported as the
best.

Examples:
  $ mien models
  $ mien models runs/paper
  $ mien models --format json`;

export function createModelsCommand(context: CommandContext): Command {
  return new Command('models')
    .description('list installed models, or those in a folder')
    .argument('[folder]', 'folder of checkpoints, such as runs/paper')
    .addOption(reportFormatOption())
    .addHelpText('after', HELP)
    .action(async (folder: string | undefined, { format }: ModelsOptions) => {
      if (folder === undefined) {
        const models = await listInstalled(context);
        context.stdout.write(format === 'json' ? toJson(models) : toInstalledTable(models));
      } else {
        const listed = await listCheckpoints(context, folder);
        if (format === 'json') context.stdout.write(toJson(listed.checkpoints));
        else if (listed.checkpoints.length > 0) context.stdout.write(toCheckpointTable(listed));
        else context.stdout.write(await describeLack(folder));
      }
    });
}

/** A manifest, and the folder of its files. */
interface InstalledModel extends Omit<Manifest, 'weights'> {
  readonly folder: string;
  /** Size of the weights. */
  readonly sizeBytes: number;
}

async function listInstalled(context: CommandContext): Promise<readonly InstalledModel[]> {
  const models: InstalledModel[] = [];
  for (const id of await listInstalledModels()) {
    const folder = findInstalledModel(id) ?? '';
    try {
      const path = join(folder, MANIFEST);
      const { weights, ...manifest } = parseManifest(await readManifest(path), path);
      const { size } = await stat(join(folder, weights.file)).catch((cause: unknown) => {
        throw toReadError(join(folder, weights.file), cause);
      });
      // Commands take the id under which the model is installed.
      models.push({ ...manifest, id, folder, sizeBytes: size });
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      // A damaged model does not hide the others.
      printError(context, error);
      context.fail(1);
    }
  }
  return models;
}

const INSTALLED_COLUMNS: readonly Column[] = [
  { head: 'id' },
  { head: 'kind' },
  { head: 'size', align: 'right' },
  { head: 'input' },
  { head: 'accuracy' },
  { head: 'licence' },
  { head: 'labels' },
];

function toInstalledTable(models: readonly InstalledModel[]): string {
  if (models.length === 0) return 'no model is installed; run npm install @mien/model-mini-xception\n';
  return toColumns(
    INSTALLED_COLUMNS,
    models.map((model) => {
      const { id, kind, sizeBytes, licence } = model;
      const { input, labels } = model as Partial<Extract<Manifest, { kind: 'classifier' }>>;
      return [
        id,
        kind,
        toSize(sizeBytes),
        input === undefined ? '–' : `${input.width}×${input.height} ${input.channels === 1 ? 'grey' : 'RGB'}`,
        accuracyOf(model.metrics),
        licence,
        labels?.join(' ') ?? '–',
      ];
    }),
  );
}

/** The first accuracy in the manifest, with the data that it was measured on. */
function accuracyOf(metrics: Manifest['metrics']): string {
  for (const [data, figures] of Object.entries(metrics)) {
    const { accuracy } = (figures ?? {}) as { readonly accuracy?: unknown };
    if (typeof accuracy === 'number') return `${toPercent(accuracy)} ${data}`;
  }
  return '–';
}

/** A model file of a folder, with the figures to choose it by. */
interface ListedCheckpoint {
  readonly path: string;
  /** From 1; `null` where neither name nor file says it. */
  readonly epoch: number | null;
  /** 0…1, after that epoch; with two digits where only the file name has it. */
  readonly valAccuracy: number | null;
  /** After that epoch; `null` where only the file name gives figures. */
  readonly valLoss: number | null;
  readonly isBest: boolean;
  readonly sizeBytes: number;
  /** ISO 8601, when it was written. */
  readonly modified: string;
}

type Figures = Pick<ListedCheckpoint, 'epoch' | 'valAccuracy' | 'valLoss'>;

/** How the best checkpoint is chosen: as `train` did, else by accuracy. */
interface Ranking {
  readonly measure: 'val_accuracy' | 'val_loss';
  readonly explanation: string;
}

interface Checkpoints {
  readonly checkpoints: readonly ListedCheckpoint[];
  readonly ranking: Ranking;
}

/** `_mini_XCEPTION.15-0.60.hdf5`, and the paper's own `fer2013_mini_XCEPTION.102-0.66.hdf5`. */
const CHECKPOINT_NAME = /\.(\d+)-([01]\.\d+)\.[a-z0-9]+$/i;

async function listCheckpoints(context: CommandContext, folder: string): Promise<Checkpoints> {
  const names = await readdir(folder).catch((cause: unknown) => {
    const isFile = (cause as NodeJS.ErrnoException).code === 'ENOTDIR';
    if (isFile)
      throw new MienError('USAGE', `${folder}: is a file; name a folder, or see mien inspect ${folder}`);
    throw toReadError(folder, cause);
  });
  const { readRunHistory } = await import('../models/run-history.js');
  const history = await readRunHistory(folder);
  const found: Omit<ListedCheckpoint, 'isBest'>[] = [];
  for (const name of names.filter((file) => extensionOf(file) !== undefined).sort()) {
    const path = join(folder, name);
    try {
      const status = await stat(path);
      if (!status.isFile()) continue;
      const { size, mtime } = status;
      const figures = await readFigures(path, history);
      found.push({ path, ...figures, sizeBytes: size, modified: mtime.toISOString() });
    } catch (error) {
      printError(context, error instanceof MienError ? error : toReadError(path, error));
      context.fail(1);
    }
  }
  found.sort((a, b) => (a.epoch ?? Infinity) - (b.epoch ?? Infinity) || (a.path < b.path ? -1 : 1));
  return rank(found, history);
}

/** From the run's history or the name, which cost nothing, else from the training state inside. */
async function readFigures(path: string, history: RunHistory | undefined): Promise<Figures> {
  const [, epoch, accuracy = ''] = CHECKPOINT_NAME.exec(path) ?? [];
  if (epoch !== undefined) {
    const logged = history?.epochs.find((one) => one.epoch === Number(epoch));
    // A checkpoint of another run may lie in the same folder.
    if (logged?.valAccuracy.toFixed(2) === accuracy) return toFigures(logged);
    return { epoch: Number(epoch), valAccuracy: Number(accuracy), valLoss: null };
  }
  const { mayBeCheckpoint, readTrainingState } = await import('@mien/node/training');
  if (!mayBeCheckpoint(path)) return UNKNOWN_FIGURES;
  const imported = await importModelFile(await locateModel(path));
  const last = (await readTrainingState(path, imported))?.progress.history.at(-1);
  return last === undefined ? UNKNOWN_FIGURES : toFigures(last);
}

const UNKNOWN_FIGURES: Figures = { epoch: null, valAccuracy: null, valLoss: null };

function toFigures({ epoch, valAccuracy, valLoss }: EpochFigures): Figures {
  return { epoch, valAccuracy, valLoss };
}

/** Within a run the best epoch is that of the run; of two files of one epoch the first is marked, as `train` names it. */
function rank(
  found: readonly Omit<ListedCheckpoint, 'isBest'>[],
  history: RunHistory | undefined,
): Checkpoints {
  const ofRun = found.find(({ epoch, valLoss }) => epoch === history?.bestEpoch && valLoss !== null);
  if (history !== undefined && ofRun !== undefined) {
    return {
      checkpoints: found.map((one) => ({ ...one, isBest: one === ofRun })),
      ranking: {
        measure: history.monitor,
        explanation: `best by ${history.monitor}, as logged in ${history.source}`,
      },
    };
  }
  const highest = Math.max(...found.map(({ valAccuracy }) => valAccuracy ?? -Infinity));
  const best = found.filter(({ valAccuracy }) => valAccuracy === highest);
  const isRounded = best.some(({ valLoss }) => valLoss === null);
  return {
    checkpoints: found.map((one) => ({ ...one, isBest: best.includes(one) })),
    ranking: {
      measure: 'val_accuracy',
      explanation: `best by val_accuracy${isRounded ? ', as rounded in the file names' : ''}`,
    },
  };
}

/** The folder above the runs is easily mistaken for that of a run. */
async function describeLack(folder: string): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const runs: string[] = [];
  for (const path of entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))) {
    const names = await readdir(path).catch((): string[] => []);
    if (names.some((name) => extensionOf(name) !== undefined)) runs.push(path);
  }
  const where = runs.length === 0 ? '' : `; there are some in ${runs.sort().join(', ')}`;
  return `no model file in ${folder}${where}\n`;
}

const CHECKPOINT_COLUMNS: readonly Column[] = [
  { head: 'epoch', align: 'right' },
  { head: 'val accuracy', align: 'right' },
  { head: 'val loss', align: 'right' },
  { head: 'size', align: 'right' },
  { head: 'written' },
  { head: 'file' },
];

function toCheckpointTable({ checkpoints, ranking }: Checkpoints): string {
  const mark = ({ isBest }: ListedCheckpoint, measure: Ranking['measure']): string =>
    isBest && measure === ranking.measure ? '▸ ' : '';
  const hasBest = checkpoints.some(({ isBest }) => isBest);
  const table = toColumns(
    CHECKPOINT_COLUMNS,
    checkpoints.map((checkpoint) => {
      const { path, epoch, valAccuracy, valLoss, sizeBytes, modified } = checkpoint;
      return [
        epoch === null ? '–' : String(epoch),
        valAccuracy === null
          ? '–'
          : mark(checkpoint, 'val_accuracy') + toPercent(valAccuracy, valLoss === null ? 0 : 2),
        valLoss === null ? '–' : mark(checkpoint, 'val_loss') + valLoss.toFixed(4),
        toSize(sizeBytes),
        modified.slice(0, 16).replace('T', ' '),
        path,
      ];
    }),
  );
  return hasBest ? `${table}▸ ${ranking.explanation}\n` : table;
}

function toPercent(value: number, digits = 1): string {
  return `${(value * 100).toFixed(digits)} %`;
}
