/** One training run from a recipe: dataset and models are read, the run is trained, its report is written. */
import { join } from 'node:path';
import { MienError } from '@mien/core';
import {
  combineEvents,
  createGraph,
  LAST_CHECKPOINTS,
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
  /** Called in addition to those that show the progress. */
  readonly events?: TrainEvents;
  /** Reads the dataset; default: {@link openDataset}. */
  readonly readData?: (side: number) => Promise<Dataset>;
}

/** @throws MienError as `trainModel`, and where data, recipe or a model cannot be read */
export async function runTraining(
  context: CommandContext,
  options: RunTrainingOptions,
): Promise<TrainResult> {
  const { data, recipe, outputDir, resume, signal, verbose } = options;
  const start = resume === undefined ? await readNetwork(recipe, options) : toContinuation(resume);
  const [side = recipe.inputSize] = start?.graph.inputShape ?? [];
  const dataset = await (options.readData?.(side) ?? openDataset(context, data, options, side));

  const network = start ?? { graph: createGraph(recipe, dataset.labelNames.length) };
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
      const progress = createCountProgress(context.stderr, 'measuring pictures for the report');
      const page = await report.write(result.reason, progress.show).finally(progress.end);
      context.stderr.write(`wrote ${page}\n`);
    }
    return result;
  } catch (error) {
    // A page that cannot be written would hide why the run ended.
    if (error instanceof MienError && error.code === 'DIVERGED')
      await report.write('diverged').catch(() => undefined);
    throw error;
  }
}

/** Two runs in one folder would mix their checkpoints and replace each other's log. */
export async function refuseUsedFolder(folder: string): Promise<void> {
  for (const name of [...LAST_CHECKPOINTS, LOG_FILE]) {
    const path = join(folder, name);
    if (!(await isThere(path))) continue;
    const wayOn = name === LOG_FILE ? '' : `, or go on with --resume ${folder}`;
    throw new MienError('USAGE', `train: ${path} is there already; choose another --out${wayOn}`);
  }
}

/** `batchSize` → `--batch-size` */
export function toFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

type NetworkOptions = Pick<TrainOptions, 'graph' | 'weights' | 'labels' | 'inputRange' | 'resume'>;

/** The network that the recipe takes from a file, with its weights; `undefined` where it is built anew. */
async function readNetwork({ network }: Recipe, options: ModelContract): Promise<NetworkOptions | undefined> {
  const contract = toContract(options);
  if (network.kind === 'file') {
    const { graph, weights, labels, manifest } = await resolveModel(network.path, contract);
    return { graph, weights, labels, inputRange: manifest.input.range };
  }
  const [given] = Object.keys(contract);
  if (given === undefined) return undefined;
  throw new MienError('USAGE', `train: ${toFlag(given)} is for a recipe whose network is a file, and this one builds ${network.kind}; leave it out`); // prettier-ignore
}

function toContinuation(resume: Checkpoint): NetworkOptions {
  const { graph, labels, inputRange } = resume;
  return { graph, labels, inputRange, resume };
}

function readTeachers({ distillation }: Recipe): Promise<TrainOptions['teachers'] & {}> {
  return Promise.all((distillation?.teacher ?? []).map((teacher) => resolveModel(teacher)));
}
