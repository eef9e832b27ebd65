/**
 * Writes a model as TensorFlow.js: a layers-model, which is Keras' description with the weights beside it.
 *
 * TensorFlow.js' layers know everything that Keras 2 files hold but grouped convolutions. Labels and input are texts of
 * our own in `userDefinedMetadata`.
 */
import { MienError } from '@mien/core';
import { checkWeights } from '@mien/core/nn';
import type { ExportableModel, ExportOptions } from '../imported-model.js';
import { listKerasWeights, toKerasTensor } from '../keras/keras-weights.js';
import { toKerasConfig } from '../keras/to-config.js';
import { toOwnMetadata } from '../own-metadata.js';

export interface TensorflowJsFiles {
  /** `model.json`. */
  readonly json: Uint8Array;
  /** The files beside it, by the names that it gives them. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

/** Shards are at most this large, so that browsers keep them in their cache. */
const SHARD_BYTES = 4 * 2 ** 20;
const KERAS_VERSION = '2.3.1';

/** @throws MienError `UNSUPPORTED` that names a layer which TensorFlow.js has no counterpart for, `MODEL_INVALID` */
export function toTensorflowJs(model: ExportableModel, options: ExportOptions = {}): TensorflowJsFiles {
  const { graph, weights } = model;
  checkWeights(graph, weights);
  const grouped = graph.layers.find((layer) => layer.kind === 'conv2d' && layer.groups !== 1);
  if (grouped !== undefined) {
    throw new MienError('UNSUPPORTED', `layer ${grouped.name}: TensorFlow.js has no grouped convolutions; choose another format`); // prettier-ignore
  }
  const gelu = graph.layers.find((layer) => layer.kind === 'activation' && layer.activation === 'gelu');
  if (gelu !== undefined) {
    throw new MienError(
      'UNSUPPORTED',
      `layer ${gelu.name}: TensorFlow.js has no gelu; choose another format`,
    );
  }
  const { config, layers } = toKerasConfig(graph, 2, options);
  const weightsOf = listKerasWeights(graph);
  const list = layers.flatMap(({ name }) => weightsOf.get(name) ?? []);
  const tensors = list.map((weight) => toKerasTensor(weights, weight));
  const bytes = new Uint8Array(tensors.reduce((sum, { data }) => sum + data.byteLength, 0));
  let at = 0;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
  const shards = new Map(
    Array.from({ length: count }, (_, index) => [
      `group1-shard${index + 1}of${count}.bin`,
      bytes.slice(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
    ]),
  );
  const json = {
    format: 'layers-model',
    generatedBy: `keras v${KERAS_VERSION}`,
    convertedBy: 'mien',
    modelTopology: { keras_version: KERAS_VERSION, backend: 'tensorflow', model_config: config },
    userDefinedMetadata: { mien: toOwnMetadata(model) },
    weightsManifest: [
      {
        paths: [...shards.keys()],
        weights: list.map(({ name }, index) => ({
          name,
          shape: tensors[index]?.shape ?? [],
          dtype: 'float32',
        })),
      },
    ],
  };
  return { json: new TextEncoder().encode(JSON.stringify(json)), shards };
}
