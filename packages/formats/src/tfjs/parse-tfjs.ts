/** Reads TensorFlow.js models: Keras' layers (layers-model) and TensorFlow's operators (graph-model). */
import { isRecord, MienError } from '@mien/core';
import { checkWeights, type Tensor } from '@mien/core/nn';
import type { ImportedModel } from '../imported-model.js';
import { JsonFields } from '../keras/json-fields.js';
import { parseKerasConfig, type KerasNetwork } from '../keras/parse-config.js';
import { leavesOf } from '../keras/read-weights.js';
import { parseOwnMetadata } from '../own-metadata.js';
import { readShardedWeights } from './manifest.js';
import { parseGraphModel } from './parse-graph-model.js';

/**
 * Reads a `model.json` and its shards.
 *
 * @param value `model.json` as `JSON.parse` gives it
 * @param shards the files of weights, by the names that `listShards` gives
 * @throws MienError `UNSUPPORTED` that names a layer or operator which is not known here, `MODEL_INVALID`
 */
export function parseTensorflowJs(
  value: unknown,
  shards: ReadonlyMap<string, Uint8Array>,
  source: string,
): ImportedModel {
  const model = new JsonFields(value, source);
  const stored = readShardedWeights(value, shards, source);
  const topology = model.get('modelTopology');
  const texts = isRecord(model.get('userDefinedMetadata')) ? model.fields('userDefinedMetadata') : undefined;
  const own = parseOwnMetadata(textsOf(texts?.get('mien')));
  if (isRecord(topology) && Array.isArray(topology['node'])) {
    return { ...parseGraphModel(topology, model, stored, source), ...own };
  }
  const description = isRecord(topology) ? (topology['model_config'] ?? topology) : topology;
  const version = isRecord(topology) ? topology['keras_version'] : undefined;
  const major = typeof version === 'string' ? Number.parseInt(version, 10) || 2 : 2;
  const network = parseKerasConfig(description, major, source);
  const weights = weightsByName(network, stored, source);
  checkWeights(network.graph, weights);
  return { graph: network.graph, weights, ...own };
}

/** Weights are named `<layer>/<weight>`, with the names of the models around them before. */
function weightsByName(
  { layers, weightsOf, constants }: KerasNetwork,
  stored: ReadonlyMap<string, Tensor>,
  source: string,
): Map<string, Tensor> {
  const byEnd = new Map<string, Tensor>();
  for (const [name, tensor] of stored) {
    const end = name.replace(/:0$/, '').split('/').slice(-2).join('/');
    byEnd.set(end, tensor);
  }
  const weights = new Map(constants);
  for (const { id, name } of layers.flatMap(leavesOf)) {
    for (const { name: ours, kerasName, kerasShape, shape, convert } of weightsOf.get(id) ?? []) {
      if (ours === undefined) continue;
      const tensor = stored.get(`${name}/${kerasName}`) ?? byEnd.get(`${name}/${kerasName}`);
      if (tensor === undefined) {
        throw new MienError('MODEL_INVALID', `${source}: ${name}/${kerasName} is missing among its weights; convert the model again`); // prettier-ignore
      }
      if (tensor.shape.join() !== kerasShape.join()) {
        throw new MienError('MODEL_INVALID', `${source}: ${name}/${kerasName} must be [${kerasShape.join(', ')}], got [${tensor.shape.join(', ')}]`); // prettier-ignore
      }
      weights.set(ours, { shape, data: convert?.(tensor.data) ?? tensor.data });
    }
  }
  return weights;
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
