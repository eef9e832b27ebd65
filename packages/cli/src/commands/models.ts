/** `mien models`: lists the installed models, or the checkpoints in a folder. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MienError, parseManifest, type Manifest } from '@mien/core';
import { extensionOf } from '@mien/formats/model-file';
import { toReadError } from '@mien/node/files';
import {
  DEFAULT_MODEL,
  findInstalledModel,
  listInstalledModels,
  MANIFEST,
  readManifest,
} from '@mien/node/models';
import type { Checkpoints, ListedCheckpoint, Ranking } from '@mien/node/training';
import { Command } from 'commander';
import { printError, type CommandContext } from '../command-context.js';
import { explainDefault, figuresOf, type NetworkFigures } from '../models/explain-default.js';
import { reportFormatOption, toJson, type ReportFormat } from '../options/report-format.js';
import { toColumns, toSize, type TextColumn } from '../terminal/print-columns.js';

interface ModelsOptions {
  readonly format: ReportFormat;
}

const HELP = `
Models are npm packages named @mien/model-<id>. With a folder, its model files are listed by epoch, with their validation
accuracy and loss; pass any of them to --model. In the folder of a run, ▸ marks the checkpoint that train reported as the
best. PublicTest and posed are accuracies on pictures that the network was not trained on, worse is the mean accuracy on
PublicTest under ten kinds of corruption; the model cards have intervals and more.

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
        context.stdout.write(format === 'json' ? toJson(models.map(toRecord)) : toInstalledText(models));
      } else {
        const { listCheckpoints } = await import('@mien/node/training');
        const listed = await listCheckpoints(folder, (error) => {
          printError(context, error);
          context.fail(1);
        });
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
  readonly figures: NetworkFigures;
}

async function listInstalled(context: CommandContext): Promise<readonly InstalledModel[]> {
  const models: InstalledModel[] = [];
  for (const id of await listInstalledModels()) {
    const folder = findInstalledModel(id) ?? '';
    try {
      const path = join(folder, MANIFEST);
      const json = await readManifest(path);
      const { weights, ...manifest } = parseManifest(json, path);
      const { size } = await stat(join(folder, weights.file)).catch((cause: unknown) => {
        throw toReadError(join(folder, weights.file), cause);
      });
      // Commands take the id under which the model is installed.
      models.push({ ...manifest, id, folder, sizeBytes: size, figures: figuresOf(id, json) });
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      // A damaged model does not hide the others.
      printError(context, error);
      context.fail(1);
    }
  }
  return models;
}

const INSTALLED_COLUMNS: readonly TextColumn[] = [
  { head: 'id' },
  { head: 'kind' },
  { head: 'size', align: 'right' },
  { head: 'input' },
  { head: 'PublicTest', align: 'right' },
  { head: 'posed', align: 'right' },
  { head: 'worse', align: 'right' },
  { head: 'licence' },
  { head: 'labels' },
];

function toRecord({ figures, ...model }: InstalledModel): object {
  return { ...model, isDefault: model.id === DEFAULT_MODEL, macs: figures.macs ?? null };
}

function toInstalledText(models: readonly InstalledModel[]): string {
  const networks = models.filter(({ kind }) => kind === 'classifier').map(({ figures }) => figures);
  return toInstalledTable(models) + explainDefault(networks, DEFAULT_MODEL);
}

function toInstalledTable(models: readonly InstalledModel[]): string {
  if (models.length === 0) return 'no model is installed; run npm install @mien/model-nano\n';
  return toColumns(
    INSTALLED_COLUMNS,
    models.map((model) => {
      const { id, kind, sizeBytes, licence, figures } = model;
      const { input, labels } = model as Partial<Extract<Manifest, { kind: 'classifier' }>>;
      return [
        id,
        kind,
        toSize(sizeBytes),
        input === undefined ? '–' : `${input.width}×${input.height} ${input.channels === 1 ? 'grey' : 'RGB'}`,
        ...[figures.publicTest, figures.posed, figures.worse].map((part) =>
          part === undefined ? '–' : toPercent(part),
        ),
        licence,
        labels?.join(' ') ?? '–',
      ];
    }),
  );
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

const CHECKPOINT_COLUMNS: readonly TextColumn[] = [
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
