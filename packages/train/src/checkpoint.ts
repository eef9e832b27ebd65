/**
 * The file format of checkpoints: a model file that also contains the state of its training run.
 *
 * It is a Keras 2 file, like those of the paper's training script, with structure, weights and optimiser state in the
 * usual places, so that Keras, `mien analyze` and `mien evaluate` read it. The rest of the state is stored in addition
 * (see mien-extras.ts of @mien/formats):
 *
 *   metadata  training              recipe, progress and dataset as JSON
 *   tensors   trained/<weight>      the weights being trained, if the model is their moving average
 *             optimizer/<tensor>    the state of optimisers that Keras 2 does not support
 *
 * Networks with layers that Keras does not have are stored as safetensors, like all checkpoints of early versions:
 *
 *   tensors   optimizer/adam/m/<weight>, …   the optimiser's state
 *             optimizer/weights/<weight>     the weights being trained
 *   metadata  training                       as above
 *
 * There is no random state: every draw depends only on seed, epoch and row.
 */
import { loadModel, MienError, normalizationOf, parseSafetensors, toModelFile } from '@mien/core';
import type { Graph, Tensor, Weights } from '@mien/core/nn';
import {
  isHdf5,
  isKerasGraph,
  OPTIMIZER_SLOTS,
  parseKerasHdf5,
  toKerasHdf5,
  type OptimizerKind,
} from '@mien/formats';
import type { Recipe } from './recipe/recipe.js';
import type { Checkpoint, StoredTraining, TrainingState } from './training-state.js';

const HDF5_EXTENSION = '.hdf5';
const SAFETENSORS_EXTENSION = '.safetensors';
/** What to do about a file that is not a checkpoint. */
export const CHECKPOINT_ADVICE = 'give a checkpoint of mien train';
const OPTIMIZER = 'optimizer/';
const TRAINED = 'trained/';
/** Prefix of the weights being trained, in safetensors. */
const TRAINED_IN_SAFETENSORS = `${OPTIMIZER}weights/`;

/** The file extension of a network's checkpoints, by the format that supports it. */
export function checkpointExtension(graph: Graph): string {
  return isKerasGraph(graph) ? HDF5_EXTENSION : SAFETENSORS_EXTENSION;
}

/**
 * The bytes of a checkpoint file: safetensors for paths that end in `.safetensors`, otherwise Keras 2.
 *
 * @param path only its extension matters
 */
export async function toCheckpointFile(path: string, checkpoint: Checkpoint): Promise<Uint8Array> {
  return path.endsWith(SAFETENSORS_EXTENSION) ? toSafetensorsFile(checkpoint) : toHdf5File(checkpoint);
}

/**
 * Parses the bytes of a checkpoint.
 *
 * @param path their origin, for messages; its extension identifies safetensors
 * @throws MienError `MODEL_INVALID` when the file is damaged or is a model without training state
 */
export async function parseCheckpoint(bytes: Uint8Array, path: string): Promise<Checkpoint> {
  if (isHdf5(bytes)) return fromHdf5File(bytes, path);
  if (path.endsWith(SAFETENSORS_EXTENSION)) return fromSafetensorsFile(bytes, path);
  throw new MienError('MODEL_INVALID', `${path}: is not a checkpoint; ${CHECKPOINT_ADVICE}`);
}

async function toHdf5File({ training, ...model }: Checkpoint): Promise<Uint8Array> {
  const { optimizerStep, optimizerTensors, trainedWeights = new Map<string, Tensor>() } = training;
  const { progress, recipe } = training;
  const kind = kindOf(optimizerTensors);
  const learningRate = progress.history.at(-1)?.learningRate ?? recipe.learningRate;
  return toKerasHdf5({
    ...model,
    metadata: { training: describeTraining(training) },
    ...(kind === undefined
      ? {}
      : {
          optimizer: {
            kind,
            step: optimizerStep,
            learningRate,
            settings: toKerasSettings(recipe.optimizer),
            tensors: optimizerTensors,
          },
        }),
    furtherTensors: new Map([
      ...withPrefix(TRAINED, trainedWeights),
      ...(kind === undefined ? withPrefix(OPTIMIZER, optimizerTensors) : []),
    ]),
  });
}

/** The optimiser's settings for Keras; our own training uses the recipe. */
function toKerasSettings(optimizer: Recipe['optimizer']): Readonly<Record<string, number | boolean>> {
  switch (optimizer.kind) {
    case 'sgd':
      return { momentum: optimizer.momentum, nesterov: optimizer.nesterov };
    case 'adam':
    case 'adamw':
      return { beta_1: optimizer.beta1, beta_2: optimizer.beta2, epsilon: optimizer.epsilon };
    default:
      return optimizer satisfies never;
  }
}

async function fromHdf5File(bytes: Uint8Array, path: string): Promise<Checkpoint> {
  const {
    graph,
    weights,
    labels,
    inputRange,
    normalization,
    optimizer,
    metadata,
    furtherTensors = new Map<string, Tensor>(),
  } = await parseKerasHdf5(bytes, path);
  const training = await parseTraining(metadata['training'], path);
  if (labels === undefined || inputRange === undefined) {
    throw new MienError('MODEL_INVALID', `${path}: has no labels or no input range; ${CHECKPOINT_ADVICE}`); // prettier-ignore
  }
  const trainedWeights = pickPrefix(TRAINED, furtherTensors);
  return {
    graph,
    labels,
    inputRange,
    ...(normalization && { normalization }),
    weights,
    training: {
      ...training,
      optimizerTensors: optimizer?.tensors ?? pickPrefix(OPTIMIZER, furtherTensors),
      trainedWeights: trainedWeights.size === 0 ? undefined : trainedWeights,
    },
  };
}

function toSafetensorsFile({
  graph,
  labels,
  inputRange,
  normalization,
  weights,
  training,
}: Checkpoint): Uint8Array {
  const { optimizerTensors, trainedWeights = new Map<string, Tensor>() } = training;
  return toModelFile({
    graph,
    labels,
    inputRange,
    ...(normalization && { normalization }),
    weights: new Map([
      ...weights,
      ...withPrefix(OPTIMIZER, optimizerTensors),
      ...withPrefix(TRAINED_IN_SAFETENSORS, trainedWeights),
    ]),
    metadata: { training: describeTraining(training) },
  });
}

async function fromSafetensorsFile(bytes: Uint8Array, path: string): Promise<Checkpoint> {
  const model = await loadModel({ manifest: undefined, weights: bytes, source: path });
  const training = await parseTraining(parseSafetensors(bytes, path).metadata['training'], path);
  const normalization = normalizationOf(model.manifest.input);
  const trainedWeights = pickPrefix(TRAINED_IN_SAFETENSORS, model.weights);
  return {
    graph: model.graph,
    labels: model.labels,
    inputRange: model.manifest.input.range,
    ...(normalization && { normalization }),
    weights: new Map([...model.weights].filter(([name]) => !name.startsWith(OPTIMIZER))),
    training: {
      ...training,
      optimizerTensors: new Map(
        [...pickPrefix(OPTIMIZER, model.weights)].filter(
          ([name]) => !`${OPTIMIZER}${name}`.startsWith(TRAINED_IN_SAFETENSORS),
        ),
      ),
      trainedWeights: trainedWeights.size === 0 ? undefined : trainedWeights,
    },
  };
}

/** The kind of optimiser by its tensors, if Keras 2 supports it. */
function kindOf(tensors: Weights): OptimizerKind | undefined {
  const kinds = Object.keys(OPTIMIZER_SLOTS) as OptimizerKind[];
  return kinds.find(
    (kind) => tensors.size > 0 && [...tensors.keys()].every((name) => name.startsWith(`${kind}/`)),
  );
}

function describeTraining(training: TrainingState): string {
  const { recipe, progress, datasetSha256, teacherSha256, optimizerStep } = training;
  const stored: StoredTraining = { recipe, progress, datasetSha256, teacherSha256, optimizerStep };
  return JSON.stringify(stored);
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

async function parseTraining(text: string | undefined, path: string): Promise<StoredTraining> {
  if (text === undefined) {
    throw new MienError(
      'MODEL_INVALID',
      `${path}: contains a model without training state; ${CHECKPOINT_ADVICE}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MienError(
      'MODEL_INVALID',
      `${path}: its training state is not JSON; the file is damaged, use another one`,
      { cause },
    );
  }
  // Loaded on demand: see recipe/index.ts.
  const { parseTrainingState } = await import('./parse-training-state.js');
  return parseTrainingState(value, `${path}: training`);
}
