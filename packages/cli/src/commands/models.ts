/** `mien models`: what is installed, or what a folder holds, to choose from. */
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
import { reportFormatOption, toJson, type ReportFormat } from '../options/report-format.js';
import { toColumns, toSize, type Column } from '../terminal/print-columns.js';

interface ModelsOptions {
  readonly format: ReportFormat;
}

const HELP = `
Models come as npm packages @mien/model-<id>. With a folder, the model files in it are listed by epoch, with the
validation accuracy that they had when they were written; any of them goes after --model.

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
        const checkpoints = await listCheckpoints(context, folder);
        if (format === 'json') context.stdout.write(toJson(checkpoints));
        else if (checkpoints.length > 0) context.stdout.write(toCheckpointTable(checkpoints));
        else context.stdout.write(await describeLack(folder));
      }
    });
}

/** A manifest, and where its files lie. */
interface InstalledModel extends Omit<Manifest, 'weights'> {
  readonly folder: string;
  /** Of the weights. */
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
      // The id that it is installed by is the one that commands take.
      models.push({ ...manifest, id, folder, sizeBytes: size });
    } catch (error) {
      if (!(error instanceof MienError)) throw error;
      // One that is damaged does not hide the others.
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

/** The first accuracy that the manifest gives, with what it was measured on. */
function accuracyOf(metrics: Manifest['metrics']): string {
  for (const [data, figures] of Object.entries(metrics)) {
    const { accuracy } = (figures ?? {}) as { readonly accuracy?: unknown };
    if (typeof accuracy === 'number') return `${toPercent(accuracy)} ${data}`;
  }
  return '–';
}

/** A model file as it is chosen by. */
interface ListedCheckpoint {
  readonly path: string;
  /** From 1; `null` where neither name nor file says it. */
  readonly epoch: number | null;
  /** 0…1, after that epoch. */
  readonly valAccuracy: number | null;
  readonly sizeBytes: number;
  /** ISO 8601, when it was written. */
  readonly modified: string;
}

/** `_mini_XCEPTION.15-0.60.hdf5`, and the paper's own `fer2013_mini_XCEPTION.102-0.66.hdf5`. */
const CHECKPOINT_NAME = /\.(\d+)-([01]\.\d+)\.[a-z0-9]+$/i;

async function listCheckpoints(
  context: CommandContext,
  folder: string,
): Promise<readonly ListedCheckpoint[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    const isFile = (cause as NodeJS.ErrnoException).code === 'ENOTDIR';
    if (isFile)
      throw new MienError('USAGE', `${folder}: is a file; name a folder, or see mien inspect ${folder}`);
    throw toReadError(folder, cause);
  });
  const checkpoints: ListedCheckpoint[] = [];
  for (const name of names.filter((file) => extensionOf(file) !== undefined).sort()) {
    const path = join(folder, name);
    try {
      const status = await stat(path);
      if (!status.isFile()) continue;
      const { size, mtime } = status;
      checkpoints.push({ path, ...(await scoreOf(path)), sizeBytes: size, modified: mtime.toISOString() });
    } catch (error) {
      printError(context, error instanceof MienError ? error : toReadError(path, error));
      context.fail(1);
    }
  }
  return checkpoints.sort(
    (a, b) => (a.epoch ?? Infinity) - (b.epoch ?? Infinity) || (a.path < b.path ? -1 : 1),
  );
}

/** From the name, which costs nothing, or from the training state inside. */
async function scoreOf(path: string): Promise<Pick<ListedCheckpoint, 'epoch' | 'valAccuracy'>> {
  const [, epoch, valAccuracy] = CHECKPOINT_NAME.exec(path) ?? [];
  if (epoch !== undefined) return { epoch: Number(epoch), valAccuracy: Number(valAccuracy) };
  const { mayBeCheckpoint, readTrainingState } = await import('@mien/node/training');
  if (!mayBeCheckpoint(path)) return { epoch: null, valAccuracy: null };
  const imported = await importModelFile(await locateModel(path));
  const last = (await readTrainingState(path, imported))?.progress.history.at(-1);
  return { epoch: last?.epoch ?? null, valAccuracy: last?.valAccuracy ?? null };
}

const CHECKPOINT_COLUMNS: readonly Column[] = [
  { head: 'epoch', align: 'right' },
  { head: 'val accuracy', align: 'right' },
  { head: 'size', align: 'right' },
  { head: 'written' },
  { head: 'file' },
];

/** A folder of runs is easily taken for a run. */
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

function toCheckpointTable(checkpoints: readonly ListedCheckpoint[]): string {
  const best = Math.max(...checkpoints.map(({ valAccuracy }) => valAccuracy ?? -Infinity));
  return toColumns(
    CHECKPOINT_COLUMNS,
    checkpoints.map(({ path, epoch, valAccuracy, sizeBytes, modified }) => [
      epoch === null ? '–' : String(epoch),
      valAccuracy === null ? '–' : `${valAccuracy === best ? '▸ ' : ''}${toPercent(valAccuracy)}`,
      toSize(sizeBytes),
      modified.slice(0, 16).replace('T', ' '),
      path,
    ]),
  );
}

function toPercent(value: number): string {
  return `${(value * 100).toFixed(1)} %`;
}
