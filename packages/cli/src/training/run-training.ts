/** Trains one run: reads dataset and models, trains, and writes the report. */
import { join } from 'node:path';
import { MienError } from '@mien/core';
import {
  combineEvents,
  createGraph,
  LAST_CHECKPOINTS,
  replaceLastLayer,
  trainModel,
  type Checkpoint,
  type Dataset,
  type Recipe,
  type TrainEvents,
  type TrainOptions,
  type TrainResult,
} from '@mien/train';
import { createRunFolder, createTensorBoardLog, LOG_FILE } from '@mien/train/node';
import type { CommandContext } from '../command-context.js';
import { openDataset, type DatasetOptions } from '../datasets/dataset-options.js';
import { isThere } from '@mien/node/files';
import { toContract, type ModelContract } from '@mien/formats/model-file';
import { resolveModel } from '@mien/node/models';
import { createRunReport } from '@mien/node/training';
import { createCountProgress } from '../terminal/count-progress.js';
import { createTrainProgress, type Verbosity } from './train-progress.js';

/** Within the folder of the run. */
export const TENSORBOARD_FOLDER = 'tensorboard';

export interface RunTrainingOptions extends DatasetOptions, ModelContract {
  /** Path of the dataset. */
  readonly data: string;
  readonly recipe: Recipe;
  readonly outputDir: string;
  readonly resume: Checkpoint | undefined;
  readonly threads?: number;
  readonly verbose: Verbosity;
  readonly signal: AbortSignal;
  /** Additional event handlers. */
  readonly events?: TrainEvents;
  /** Reads the dataset; default: {@link openDataset}. */
  readonly readData?: (side: number) => Promise<Dataset>;
}

/** @throws MienError as `trainModel`, and when data or a model cannot be read */
export async function runTraining(
  context: CommandContext,
  options: RunTrainingOptions,
): Promise<TrainResult> {
  const { data, recipe, outputDir, resume, signal, verbose } = options;
  const start = resume === undefined ? await readNetwork(recipe, options) : toResumeOptions(resume);
  const [side = recipe.inputSize] = start?.graph.inputShape ?? [];
  const dataset = await (options.readData?.(side) ?? openDataset(context, data, options, side));

  const network = toNetwork(start, recipe, dataset);
  const report = createRunReport({ data, dataset, graph: network.graph, recipe, outputDir, resume });
  const events = combineEvents(
    createTrainProgress(context.stderr, verbose),
    createTensorBoardLog({
      folder: join(outputDir, TENSORBOARD_FOLDER),
      batchSize: recipe.batchSize,
      ...(resume === undefined ? {} : { resume }),
    }),
    report.events,
    options.events ?? {},
  );
  try {
    const result = await trainModel(
      {
        dataset,
        recipe,
        ...network,
        teachers: await readTeachers(recipe),
        store: createRunFolder(outputDir),
        signal,
        ...(options.threads === undefined ? {} : { threads: options.threads }),
      },
      events,
    );
    if (verbose === '0') {
      await report.write(result.reason);
    } else {
      const progress = createCountProgress(context.stderr, 'evaluating pictures for the report');
      const page = await report.write(result.reason, progress.show).finally(progress.end);
      context.stderr.write(`wrote ${page}\n`);
    }
    return result;
  } catch (error) {
    // Errors of the report must not hide the error of the run.
    if (error instanceof MienError && error.code === 'DIVERGED')
      await report.write('diverged').catch(() => undefined);
    throw error;
  }
}

/** Rejects a folder with another run, whose log and checkpoints would be overwritten. */
export async function refuseUsedFolder(folder: string): Promise<void> {
  for (const name of [...LAST_CHECKPOINTS, LOG_FILE]) {
    const path = join(folder, name);
    if (!(await isThere(path))) continue;
    const resume = name === LOG_FILE ? '' : `, or continue the run with --resume ${folder}`;
    throw new MienError('USAGE', `train: ${path} already exists; choose another --out${resume}`);
  }
}

/** `batchSize` → `--batch-size` */
export function toFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

type NetworkOptions = Pick<TrainOptions, 'graph' | 'weights' | 'labels' | 'inputRange' | 'resume'>;

/** Reads the network and weights of a recipe with a model file; `undefined` for other recipes. */
async function readNetwork({ network }: Recipe, options: ModelContract): Promise<NetworkOptions | undefined> {
  const contract = toContract(options);
  if (network.kind === 'file') {
    const { graph, weights, labels, manifest } = await resolveModel(network.path, contract);
    return { graph, weights, labels, inputRange: manifest.input.range };
  }
  const [given] = Object.keys(contract);
  if (given === undefined) return undefined;
  throw new MienError('USAGE', `train: ${toFlag(given)} is only for recipes whose network is a file, but the network is ${network.kind}; leave it out`); // prettier-ignore
}

/** The network to train on the data: a new one, that of the file, or that with a new last layer for the data's labels. */
function toNetwork(
  start: NetworkOptions | undefined,
  recipe: Recipe,
  { labelNames }: Dataset,
): NetworkOptions {
  if (start === undefined) return { graph: createGraph(recipe, labelNames.length) };
  const { graph, weights, resume } = start;
  const isReplaced = recipe.network.kind === 'file' && recipe.network.lastLayer === 'replace';
  if (!isReplaced || weights === undefined || resume !== undefined) return start;
  return {
    ...start,
    ...replaceLastLayer({ graph, weights }, labelNames.length, recipe.seed),
    labels: labelNames,
  };
}

function toResumeOptions(resume: Checkpoint): NetworkOptions {
  const { graph, labels, inputRange } = resume;
  return { graph, labels, inputRange, resume };
}

function readTeachers({ distillation }: Recipe): Promise<TrainOptions['teachers'] & {}> {
  return Promise.all((distillation?.teacher ?? []).map((teacher) => resolveModel(teacher)));
}
