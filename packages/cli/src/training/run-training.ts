/** Trains one run: reads dataset and models, trains, and writes the report. */
import { basename, join } from 'node:path';
import { MienError, normalizationOf } from '@mien/core';
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
import { createRunFolder, createTensorBoardLog, LOG_FILE, withRunFolder } from '@mien/train/node';
import type { CommandContext } from '../command-context.js';
import { openDataset, type DatasetOptions } from '../datasets/dataset-options.js';
import { isThere } from '@mien/node/files';
import { toContract, type ModelContract, type ModelSettings } from '@mien/formats/model-file';
import { resolveModel } from '@mien/node/models';
import { createRunReport } from '@mien/node/training';
import type { Fact } from '@mien/results/report';
import { toFlag } from '../options/to-flag.js';
import { createCountProgress } from '../terminal/count-progress.js';
import { createTrainProgress, type Verbosity } from './train-progress.js';

/** Within the folder of the run. */
export const TENSORBOARD_FOLDER = 'tensorboard';

/** Of the pictures that a network trains on. */
export interface TrainingInput {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

export interface RunTrainingOptions extends DatasetOptions, ModelSettings {
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
  readonly readData?: (input: TrainingInput) => Promise<Dataset>;
}

/**
 * @throws MienError as `trainModel`, when data or a model cannot be read, and `USAGE` for a folder that another run has used
 *   or uses
 */
export async function runTraining(
  context: CommandContext,
  options: RunTrainingOptions,
): Promise<TrainResult> {
  return withRunFolder(options.outputDir, async () => {
    if (options.resume === undefined) await refuseUsedFolder(options.outputDir);
    return trainInto(context, options);
  });
}

async function trainInto(context: CommandContext, options: RunTrainingOptions): Promise<TrainResult> {
  const { data, recipe, outputDir, resume, signal, verbose } = options;
  const say = (line: string): void => {
    context.stderr.write(`${line}\n`);
  };
  const start = resume === undefined ? await readNetwork(recipe, options, say) : toResumeOptions(resume);
  const { inputSize } = recipe;
  const [height, width, channels] = start?.graph.inputShape ?? [inputSize, inputSize, 1];
  const input = { height, width, channels: channels === 3 ? 3 : 1 } as const;
  const dataset = await (options.readData?.(input) ?? openDataset(context, data, options, input));
  requireSeveralLabels(dataset, data);

  const network = toNetwork(start, recipe, dataset);
  const report = createRunReport({
    data,
    dataFacts: toDataFacts(options),
    dataset,
    graph: network.graph,
    recipe,
    outputDir,
    resume,
  });
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
async function refuseUsedFolder(folder: string): Promise<void> {
  for (const name of [...LAST_CHECKPOINTS, LOG_FILE]) {
    const path = join(folder, name);
    if (!(await isThere(path))) continue;
    const resume = name === LOG_FILE ? '' : `, or continue the run with --resume ${folder}`;
    throw new MienError('USAGE', `train: ${path} already exists; choose another --out${resume}`);
  }
}

type FileNetwork = Extract<Recipe['network'], { kind: 'file' }>;
type NetworkOptions = Pick<
  TrainOptions,
  'graph' | 'weights' | 'labels' | 'inputRange' | 'normalization' | 'resume'
>;

/** What the command line says of the data beyond its name. */
function toDataFacts({ ferplus, ferplusShare = 1, labelMap }: DatasetOptions): Fact[] {
  return [
    ...(ferplus === undefined
      ? []
      : [['votes', `${basename(ferplus)}, ${Math.round(100 * ferplusShare)} % of each target`] as const]),
    ...(labelMap === undefined ? [] : [['label map', basename(labelMap)] as const]),
  ];
}

/** Reads the network and weights of a recipe with a model file; `undefined` for other recipes. */
async function readNetwork(
  { network }: Recipe,
  options: ModelSettings,
  onNotice: (line: string) => void,
): Promise<NetworkOptions | undefined> {
  const contract = toContract(options);
  if (network.kind === 'file') {
    const stated = { ...contractOfRecipe(network), ...contract };
    const { graph, weights, labels, manifest } = await resolveModel(network.path, stated, onNotice);
    const normalization = normalizationOf(manifest.input);
    return { graph, weights, labels, inputRange: manifest.input.range, normalization };
  }
  const [given] = Object.keys(contract);
  if (given === undefined) return undefined;
  throw new MienError('USAGE', `train: ${toFlag(given)} is only for recipes whose network is a file, but the network is ${network.kind}; leave it out`); // prettier-ignore
}

/** What a recipe says of its network's file. */
function contractOfRecipe({ labels, outputs, input = {} }: FileNetwork): ModelContract {
  const { range, mean, std, channelOrder, layout } = input;
  const [low, high, ...more] = range ?? [];
  if (range !== undefined && (low === undefined || high === undefined || more.length > 0)) {
    throw new MienError(
      'USAGE',
      `train: the recipe's network.input.range must be two numbers, got ${range.length}`,
    );
  }
  return toContract({
    ...(labels && { labels }),
    ...(outputs && { outputs }),
    ...(low !== undefined && high !== undefined && { inputRange: [low, high] as const }),
    ...(mean && { inputMean: mean }),
    ...(std && { inputStd: std }),
    ...(channelOrder && { channelOrder }),
    ...(layout && { inputLayout: layout }),
  });
}

/** @throws MienError `INPUT_INVALID` for data of one label, which a network would learn to name without looking */
function requireSeveralLabels(dataset: Dataset, data: string): void {
  const found = [...new Set(dataset.labels)];
  if (found.length >= 2) return;
  const names = found.map((label) => dataset.labelNames[label] ?? '').join(', ');
  throw new MienError('INPUT_INVALID', `${data}: all pictures have one label, ${names}; training needs at least two: give the folder that contains the folders of the labels`); // prettier-ignore
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
  const { graph, labels, inputRange, normalization } = resume;
  return { graph, labels, inputRange, normalization, resume };
}

function readTeachers({ distillation }: Recipe): Promise<TrainOptions['teachers'] & {}> {
  return Promise.all((distillation?.teacher ?? []).map((teacher) => resolveModel(teacher)));
}
