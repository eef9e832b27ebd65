/**
 * A checkpoint is a model file that also remembers how to go on.
 *
 * It is one safetensors file. Its plain tensors and metadata are a whole model, which `mien analyze` and
 * `mien evaluate` read as it is. What only training needs stands beside:
 *
 *   tensors   optimizer/adam/m/<weight>, …   the optimiser's state
 *             optimizer/weights/<weight>     the weights under training, where the model is their moving average
 *   metadata  training                       recipe, progress and dataset as JSON
 *
 * There is no random state to keep: every draw derives from seed, epoch and row, so the place in the epoch says it.
 */
import { readFile } from 'node:fs/promises';
import { loadModel, MienError, parseSafetensors, toModelFile } from '@mien/core';
import type { Graph, Tensor, Weights } from '@mien/core/nn';
import { FieldReader } from './field-reader.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { writeFileWhole } from './write-file.js';

/** One line of the log. */
export interface EpochSummary {
  /** From 1. */
  readonly epoch: number;
  /** Means over the epoch's pictures, measured while they were trained on (as Keras). */
  readonly loss: number;
  readonly accuracy: number;
  /** After the epoch, in inference mode. */
  readonly valLoss: number;
  readonly valAccuracy: number;
  /** Of the epoch's last update. */
  readonly learningRate: number;
  readonly seconds: number;
}

/** Where a run stands, between two updates. */
export interface Progress {
  /** The epoch under way, or about to start; from 1. */
  readonly epoch: number;
  /** Updates made in it. */
  readonly batch: number;
  /** Over these updates' pictures. */
  readonly lossSum: number;
  readonly correct: number;
  readonly seen: number;
  readonly seconds: number;
  readonly history: readonly EpochSummary[];
}

export interface TrainingState {
  readonly recipe: Recipe;
  readonly progress: Progress;
  /** Which data the run sees; resuming on other data is refused. */
  readonly datasetSha256: string;
  /** Updates that the optimiser has made. */
  readonly optimizerStep: number;
  readonly optimizerTensors: Weights;
  /** The weights under training; `undefined` where they are the model's. */
  readonly trainedWeights: Weights | undefined;
}

export interface Checkpoint {
  readonly graph: Graph;
  readonly labels: readonly string[];
  readonly inputRange: readonly [low: number, high: number];
  /** The model: what was validated. */
  readonly weights: Weights;
  readonly training: TrainingState;
}

const PREFIX = 'optimizer/';
const WEIGHTS_PREFIX = `${PREFIX}weights/`;

/** @throws MienError `OUTPUT_FAILED`; a checkpoint that stood there before stays whole */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { graph, labels, inputRange, weights, training } = checkpoint;
  const { recipe, progress, datasetSha256, optimizerStep, optimizerTensors, trainedWeights } = training;
  const bytes = toModelFile({
    graph,
    labels,
    inputRange,
    weights: new Map([
      ...weights,
      ...withPrefix(PREFIX, optimizerTensors),
      ...withPrefix(WEIGHTS_PREFIX, trainedWeights ?? new Map<string, Tensor>()),
    ]),
    metadata: { training: JSON.stringify({ recipe, progress, datasetSha256, optimizerStep }) },
  });
  await writeFileWhole(path, bytes);
}

/** @throws MienError when the file cannot be read, is damaged, or is a model without training state */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MienError(
      'INPUT_UNREADABLE',
      `${path}: could not be read (${reason}); give a checkpoint that mien train wrote`,
      { cause },
    );
  }
  const model = await loadModel({ manifest: undefined, weights: bytes, source: path });
  const training = parseSafetensors(bytes, path).metadata['training'];
  if (training === undefined) {
    throw new MienError(
      'MODEL_INVALID',
      `${path}: holds a model and no training state; give a checkpoint that mien train wrote`,
    );
  }

  const trainedWeights = pickPrefix(WEIGHTS_PREFIX, model.weights);
  return {
    graph: model.graph,
    labels: model.labels,
    inputRange: model.manifest.input.range,
    weights: new Map([...model.weights].filter(([name]) => !name.startsWith(PREFIX))),
    training: {
      ...parseTraining(training, path),
      optimizerTensors: new Map(
        [...pickPrefix(PREFIX, model.weights)].filter(
          ([name]) => !`${PREFIX}${name}`.startsWith(WEIGHTS_PREFIX),
        ),
      ),
      trainedWeights: trainedWeights.size === 0 ? undefined : trainedWeights,
    },
  };
}

function withPrefix(prefix: string, tensors: Weights): Map<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [prefix + name, tensor]));
}

function pickPrefix(prefix: string, tensors: Weights): Map<string, Tensor> {
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}

function parseTraining(
  text: string,
  path: string,
): Omit<TrainingState, 'optimizerTensors' | 'trainedWeights'> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MienError(
      'MODEL_INVALID',
      `${path}: its training state is no JSON; the file is damaged, use another one`,
      { cause },
    );
  }
  const reader = new FieldReader(value, `${path}: training`, 'MODEL_INVALID');
  const progress = reader.record('progress');
  const recipe = reader.record('recipe');
  return {
    recipe: parseRecipe(recipe.fields, recipe.source, 'MODEL_INVALID'),
    progress: {
      epoch: progress.whole('epoch', 1),
      batch: progress.whole('batch'),
      lossSum: progress.number('lossSum'),
      correct: progress.whole('correct'),
      seen: progress.whole('seen'),
      seconds: progress.number('seconds', 0),
      history: progress.list('history', (item, index) => {
        const epoch = new FieldReader(item, `${progress.source}: history[${index}]`, 'MODEL_INVALID');
        return {
          epoch: epoch.whole('epoch', 1),
          loss: epoch.number('loss'),
          accuracy: epoch.number('accuracy', 0, 1),
          valLoss: epoch.number('valLoss'),
          valAccuracy: epoch.number('valAccuracy', 0, 1),
          learningRate: epoch.number('learningRate', 0),
          seconds: epoch.number('seconds', 0),
        };
      }),
    },
    datasetSha256: reader.text('datasetSha256'),
    optimizerStep: reader.whole('optimizerStep'),
  };
}
