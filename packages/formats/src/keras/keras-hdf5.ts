/**
 * Keras' .hdf5 (.h5) files, as Keras 1.2 to 2 write them and Keras 3 still reads them:
 *
 *   /                       attributes model_config, training_config (JSON), keras_version, backend
 *   /model_weights          attribute layer_names: all layers in Keras' order
 *   /model_weights/<layer>  attribute weight_names: paths of the layer's arrays below it, in Keras' order
 *   /optimizer_weights      attribute weight_names: the optimiser's arrays, see keras-optimizer.ts
 *
 * As Keras does, arrays are told apart by their position and shape, not by their names.
 */
import { isRecord, MienError } from '@mien/core';
import { checkWeights } from '@mien/core/nn';
import { readHdf5, type Hdf5Reader } from '../hdf5/hdf5-reader.js';
import { toHdf5, type Hdf5Writer } from '../hdf5/hdf5-writer.js';
import type { ExportableModel, ExportOptions, ImportedModel, OptimizerState } from '../imported-model.js';
import { parseJson } from './json-fields.js';
import {
  listOptimizerTensors,
  parseOptimizer,
  readOptimizerState,
  toOptimizerConfig,
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
import { readWeightsByName, readWeightsByOrder } from './read-weights.js';
import { toKerasConfig } from './to-config.js';

const WEIGHTS = '/model_weights';
const OPTIMIZER = '/optimizer_weights';
/** The last Keras 2 of its own, whose files tf.keras and Keras 3 read as well. */
const KERAS_VERSION = '2.3.1';
/** Up to here weights were ordered by name for the optimiser. */
const LAST_VERSION_BY_NAME = [2, 0, 8] as const;

/**
 * Reads a model that Keras 1.2 or later has saved whole.
 *
 * @param bytes the file; not to be changed meanwhile
 * @param source what messages call the file
 * @throws MienError `UNSUPPORTED` that names the layer which is not known here; `MODEL_INVALID` for a file that is
 *   damaged, or holds weights only
 *
 * @example
 * const { graph, weights } = await parseKerasHdf5(bytes, 'fer2013_mini_XCEPTION.102-0.66.hdf5');
 * graph.inputShape; // [64, 64, 1]
 */
export function parseKerasHdf5(bytes: Uint8Array, source: string): Promise<ImportedModel> {
  return readHdf5(bytes, source, (file) => {
    const description = file.text('/', 'model_config');
    if (description === undefined) {
      throw new MienError(
        'MODEL_INVALID',
        isWeightsFile(file)
          ? `${source}: holds ${WEIGHTS_ONLY}; put the file that model.to_json() gives beside it as .json, or save the whole model (model.save)`
          : `${source}: holds no Keras model; save the whole model (model.save)`,
      );
    }
    const version = file.text('/', 'keras_version') ?? file.text(WEIGHTS, 'keras_version') ?? '1.2.0';
    const backend = file.text('/', 'backend') ?? file.text(WEIGHTS, 'backend');
    if (backend === 'theano') {
      throw new MienError(
        'UNSUPPORTED',
        `${source}: was saved on Theano, which turns kernels around; save it on TensorFlow`,
      );
    }
    const config = parseJson(description, `${source}: model_config`);
    const network = parseKerasConfig(config, Number.parseInt(version, 10) || 1, source);
    checkWeightBudget(network.graph, bytes.length, source);
    const { layerOrder, metadata, ...extras } = readExtras(file, source, maxTensorBytes(bytes.length));
    const graph = reorderLayers(network.graph, layerOrder ?? []);
    const { weights, trainable } = readWeightsByName(file, network, WEIGHTS, source);
    checkWeights(graph, weights);
    const optimizer = readOptimizer(file, trainable, version, source);
    return {
      graph,
      weights,
      ...extras,
      metadata: { ...metadata, kerasVersion: version },
      ...(optimizer === undefined ? {} : { optimizer }),
    };
  });
}

const WEIGHTS_ONLY = 'weights without their network';

/** Whether a file is what `save_weights` leaves: of Keras 2, or of Keras 3. */
function isWeightsFile(file: Hdf5Reader): boolean {
  return (
    file.hasAttribute('/', 'layer_names') ||
    file.hasGroup('/layers') ||
    file.hasGroup('/_layer_checkpoint_dependencies')
  );
}

/**
 * Whether an HDF5 file holds weights without their network.
 *
 * @throws MienError `MODEL_INVALID` when it is damaged
 */
export function holdsWeightsOnly(bytes: Uint8Array, source: string): Promise<boolean> {
  return readHdf5(
    bytes,
    source,
    (file) => file.text('/', 'model_config') === undefined && isWeightsFile(file),
  );
}

/**
 * Reads a model that Keras has saved in two files.
 *
 * @param description what `to_json` gave
 * @param bytes what `save_weights` left
 * @param source what messages call the file of weights
 * @throws MienError as {@link parseKerasHdf5}
 */
export function parseKerasPair(
  description: unknown,
  bytes: Uint8Array,
  source: string,
): Promise<ImportedModel> {
  const stated = isRecord(description) ? description['keras_version'] : undefined;
  return readHdf5(bytes, source, (file) => {
    const isByName = file.hasAttribute('/', 'layer_names');
    const version =
      file.text('/', 'keras_version') ?? (typeof stated === 'string' ? stated : isByName ? '2.0.0' : '3.0.0');
    const network = parseKerasConfig(description, Number.parseInt(version, 10) || 2, source);
    checkWeightBudget(network.graph, bytes.length, source);
    const { weights } = isByName
      ? readWeightsByName(file, network, '', source)
      : readWeightsByOrder(file, network, source);
    checkWeights(network.graph, weights);
    return { graph: network.graph, weights, metadata: { kerasVersion: version } };
  });
}

/**
 * Writes a model as Keras 2 does.
 *
 * @throws MienError `UNSUPPORTED` that names a layer which Keras has no counterpart for, `MODEL_INVALID` when weights
 *   are missing
 */
export async function toKerasHdf5(model: ExportableModel, options: ExportOptions = {}): Promise<Uint8Array> {
  const { graph, weights, optimizer, furtherTensors } = model;
  checkWeights(graph, weights);
  const { config, layers } = toKerasConfig(graph, 2, options);
  const weightsOf = listKerasWeights(graph);
  const sizeBytes =
    sizeOf(weights) + sizeOf(optimizer?.tensors ?? new Map()) + sizeOf(furtherTensors ?? new Map());
  return toHdf5(sizeBytes, graph.name, (root) => {
    root.text('keras_version', KERAS_VERSION);
    root.text('backend', 'tensorflow');
    root.text('model_config', toAsciiJson(config));
    const group = root.group(WEIGHTS.slice(1));
    group.text('keras_version', KERAS_VERSION);
    group.text('backend', 'tensorflow');
    group.texts(
      'layer_names',
      layers.map(({ name }) => name),
    );
    for (const { name } of layers) {
      const layer = group.group(name);
      const stored = (weightsOf.get(name) ?? []).map((weight) => ({ path: `${weight.name}:0`, weight }));
      layer.texts(
        'weight_names',
        stored.map(({ path }) => path),
      );
      for (const { path, weight } of stored) layer.tensor(path, toKerasTensor(weights, weight));
    }
    if (optimizer !== undefined) {
      writeOptimizer(
        root,
        optimizer,
        layers.flatMap(({ name }) => weightsOf.get(name) ?? []),
      );
    }
    writeExtras(root, model);
  });
}

function readOptimizer(
  file: Hdf5Reader,
  trainable: readonly TrainableWeight[],
  version: string,
  source: string,
): OptimizerState | undefined {
  const training = file.text('/', 'training_config');
  if (training === undefined || !file.hasGroup(OPTIMIZER)) return undefined;
  const description = parseOptimizer(parseJson(training, `${source}: training_config`));
  const names = file.texts(OPTIMIZER, 'weight_names');
  if (description === undefined || names === undefined) return undefined;
  const paths = names.map((name) => `${OPTIMIZER}/${name}`);
  return readOptimizerState(file, description, paths, trainable, isUpTo(version, LAST_VERSION_BY_NAME));
}

function writeOptimizer(
  root: Hdf5Writer,
  optimizer: OptimizerState,
  weights: Parameters<typeof listOptimizerTensors>[1],
): void {
  const training = {
    optimizer_config: toOptimizerConfig(optimizer, 2),
    loss: 'categorical_crossentropy',
    metrics: ['accuracy'],
    sample_weight_mode: null,
    loss_weights: null,
  };
  root.text('training_config', toAsciiJson(training));
  const group = root.group(OPTIMIZER.slice(1));
  const list = listOptimizerTensors(
    optimizer,
    weights.filter(({ trainable }) => trainable),
    2,
  );
  group.texts(
    'weight_names',
    list.map(({ name }) => name),
  );
  for (const { name, tensor } of list) {
    if ('whole' in tensor) group.whole(name, tensor.whole);
    else group.tensor(name, tensor);
  }
}

function isUpTo(version: string, limit: readonly number[]): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10) || 0);
  for (const [index, bound] of limit.entries()) {
    const part = parts[index] ?? 0;
    if (part !== bound) return part < bound;
  }
  return true;
}
