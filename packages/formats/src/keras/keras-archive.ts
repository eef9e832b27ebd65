/**
 * Keras 3's .keras files: a zip of
 *
 *   metadata.json       the Keras that wrote it
 *   config.json         the network's description, and compile_config with the optimiser
 *   model.weights.h5    layers/<class>[_<n>]/vars/<i>: arrays by position, a layer's name being its class in snake case
 *                       and how many of that class came before it; optimizer/vars/<i> likewise
 *
 * Ref: `keras/src/saving/saving_lib.py` of Keras 3.
 */
import { isRecord, MienError } from '@mien/core';
import { checkWeights } from '@mien/core/nn';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { readHdf5, type Hdf5Reader } from '../hdf5/hdf5-reader.js';
import { toHdf5 } from '../hdf5/hdf5-writer.js';
import type { ExportableModel, ExportOptions, ImportedModel } from '../imported-model.js';
import { PYTORCH_ADVICE } from '../import/pytorch.js';
import { parseJson } from './json-fields.js';
import {
  listOptimizerTensors,
  parseOptimizer,
  readOptimizerState,
  toOptimizerConfig,
  type OptimizerDescription,
  type TrainableWeight,
} from './keras-optimizer.js';
import {
  checkWeightBudget,
  listKerasWeights,
  maxTensorBytes,
  sizeOf,
  toKerasTensor,
} from './keras-weights.js';
import { reorderLayers } from './layer-order.js';
import { readExtras, toAsciiJson, writeExtras } from './mien-extras.js';
import { parseKerasConfig } from './parse-config.js';
import { readWeightsByOrder, withPaths } from './read-weights.js';
import { toKerasConfig } from './to-config.js';

const METADATA = 'metadata.json';
const CONFIG = 'config.json';
const WEIGHTS = 'model.weights.h5';
/** Keras stores without compression, so what unpacks to much more than the archive is a bomb. */
const MAX_UNPACKED_RATIO = 20;
const MIN_UNPACKED_BYTES = 4 * 2 ** 20;
const MAX_UNPACKED_BYTES = 2 ** 30;
const OPTIMIZER_VARIABLES = '/optimizer/vars';
/** The Keras whose form is written. */
const KERAS_VERSION = '3.0.0';

/**
 * Reads a .keras file.
 *
 * @param source what messages call the file
 * @throws MienError `UNSUPPORTED` that names the layer which is not known here, `MODEL_INVALID` for a damaged file,
 *   `INPUT_TOO_LARGE` for one that unpacks to more than 20 times its size (or 4 MiB), or to more than 1 GiB
 */
export async function parseKerasArchive(bytes: Uint8Array, source: string): Promise<ImportedModel> {
  const parts = unpack(bytes, source);
  const part = (name: string): Uint8Array => {
    const content = parts[name];
    if (content === undefined) {
      throw new MienError(
        'MODEL_INVALID',
        `${source}: has no ${name}, so it is no .keras file; save the model again`,
      );
    }
    return content;
  };
  const json = (name: string): unknown =>
    parseJson(decode(part(name), `${source}: ${name}`), `${source}: ${name}`);
  const version = readVersion(json(METADATA));
  const config = json(CONFIG);
  const network = parseKerasConfig(config, Number.parseInt(version, 10) || 3, source);
  checkWeightBudget(network.graph, bytes.length, source);
  const optimizer = isRecord(config) ? parseOptimizer(config['compile_config']) : undefined;
  return readHdf5(part(WEIGHTS), `${source}: ${WEIGHTS}`, (file) => {
    const { layerOrder, metadata, ...extras } = readExtras(file, source, maxTensorBytes(bytes.length));
    const graph = reorderLayers(network.graph, layerOrder ?? []);
    const { weights, trainable } = readWeightsByOrder(file, network, `${source}: ${WEIGHTS}`);
    checkWeights(graph, weights);
    const state = optimizer && readOptimizer(file, optimizer, trainable);
    return {
      graph,
      weights,
      ...extras,
      metadata: { ...metadata, kerasVersion: version },
      ...(state === undefined ? {} : { optimizer: state }),
    };
  });
}

/**
 * Writes a model as Keras 3 does.
 *
 * @throws MienError `UNSUPPORTED` that names a layer which Keras has no counterpart for, `MODEL_INVALID` when weights
 *   are missing
 */
export async function toKerasArchive(
  model: ExportableModel,
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const { graph, weights, optimizer, furtherTensors } = model;
  checkWeights(graph, weights);
  const { config, layers } = toKerasConfig(graph, 3, options);
  const weightsOf = listKerasWeights(graph);
  const sizeBytes =
    sizeOf(weights) + sizeOf(optimizer?.tensors ?? new Map()) + sizeOf(furtherTensors ?? new Map());
  const hdf5 = await toHdf5(sizeBytes, graph.name, (root) => {
    root.group('vars');
    for (const {
      node: { name },
      path,
    } of withPaths(layers)) {
      const variables = root.group(`layers/${path}/vars`);
      variables.text('name', name);
      (weightsOf.get(name) ?? []).forEach((weight, index) => {
        variables.tensor(String(index), toKerasTensor(weights, weight));
      });
    }
    if (optimizer !== undefined) {
      const trainable = layers
        .flatMap(({ name }) => weightsOf.get(name) ?? [])
        .filter((weight) => weight.trainable);
      const variables = root.group(OPTIMIZER_VARIABLES.slice(1));
      listOptimizerTensors(optimizer, trainable, 3).forEach(({ tensor }, index) => {
        if ('whole' in tensor) variables.whole(String(index), tensor.whole);
        else variables.tensor(String(index), tensor);
      });
    }
    writeExtras(root, model);
  });
  const compile = optimizer && {
    optimizer: toOptimizerConfig(optimizer, 3),
    loss: 'categorical_crossentropy',
    metrics: ['accuracy'],
  };
  const dateSaved = new Date().toISOString().slice(0, 19).replace('T', '@');
  const described = { ...config, ...(compile === undefined ? {} : { compile_config: compile }) };
  const text = (value: unknown): Uint8Array => strToU8(toAsciiJson(value));
  return zipSync(
    {
      [METADATA]: text({ keras_version: KERAS_VERSION, date_saved: dateSaved }),
      [CONFIG]: text(described),
      [WEIGHTS]: hdf5,
    },
    { level: 0 },
  );
}

function readOptimizer(
  file: Hdf5Reader,
  description: OptimizerDescription,
  trainable: readonly TrainableWeight[],
): ImportedModel['optimizer'] {
  if (!file.hasGroup(OPTIMIZER_VARIABLES)) return undefined;
  const paths = file.names(OPTIMIZER_VARIABLES).map((_, index) => `${OPTIMIZER_VARIABLES}/${index}`);
  if (!paths.every((path) => file.hasTensor(path))) return undefined;
  return readOptimizerState(file, description, paths, trainable, false);
}

/** The parts that a model is read from, unpacked; sizes are checked before. */
function unpack(bytes: Uint8Array, source: string): Readonly<Record<string, Uint8Array | undefined>> {
  const limit = Math.min(MAX_UNPACKED_BYTES, Math.max(MIN_UNPACKED_BYTES, bytes.length * MAX_UNPACKED_RATIO));
  const sizes = new Map<string, number>();
  let unpacked: Readonly<Record<string, Uint8Array>>;
  try {
    unpacked = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (name.endsWith('/data.pkl')) throw new MienError('UNSUPPORTED', `${source}: ${PYTORCH_ADVICE}`);
        if (name !== METADATA && name !== CONFIG && name !== WEIGHTS) return false;
        if (!(originalSize <= limit) || sizes.has(name)) {
          throw new MienError(
            'INPUT_TOO_LARGE',
            `${source}: ${name} unpacks to ${originalSize} bytes, the limit is ${limit}; the file is damaged`,
          );
        }
        sizes.set(name, originalSize);
        return true;
      },
    });
  } catch (cause) {
    if (cause instanceof MienError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MienError(
      'MODEL_INVALID',
      `${source}: not a readable zip archive (${reason}); fetch or save it again`,
      { cause },
    );
  }
  for (const [name, sizeBytes] of sizes) {
    if (unpacked[name]?.length !== sizeBytes) {
      throw new MienError('MODEL_INVALID', `${source}: ${name} is cut short; fetch or save it again`);
    }
  }
  return unpacked;
}

function readVersion(metadata: unknown): string {
  const version = isRecord(metadata) ? metadata['keras_version'] : undefined;
  return typeof version === 'string' ? version.slice(0, 100) : KERAS_VERSION;
}

function decode(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${where}: is not UTF-8; fetch or save it again`, { cause });
  }
}
