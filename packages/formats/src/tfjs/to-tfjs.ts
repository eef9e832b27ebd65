/**
 * Writes a model as TensorFlow.js: a layers-model, which is Keras' description with the weights beside it.
 *
 * TensorFlow.js' layers know everything that Keras 2 files hold but grouped convolutions. Labels and input are texts of
 * our own in `userDefinedMetadata`.
 */
import { MienError } from '@mien/core';
import { checkWeights } from '@mien/core/nn';
import type { ExportableModel, ExportOptions } from '../imported-model.js';
import { checkHalves, type WeightType } from '../float16.js';
import { listKerasWeights, toKerasTensor } from '../keras/keras-weights.js';
import { toKerasConfig } from '../keras/to-config.js';
import { toOwnMetadata } from '../own-metadata.js';
import { toShards } from './shards.js';

export interface TensorflowJsFiles {
  /** `model.json`. */
  readonly json: Uint8Array;
  /** The files beside it, by the names that it gives them. */
  readonly shards: ReadonlyMap<string, Uint8Array>;
}

const KERAS_VERSION = '2.3.1';

export interface ToTensorflowJsOptions extends ExportOptions {
  /** Of the weights as they are stored. Default `F32`. */
  readonly dtype?: WeightType;
}

/** @throws MienError `UNSUPPORTED` that names a layer which TensorFlow.js has no counterpart for, `MODEL_INVALID` */
export function toTensorflowJs(
  model: ExportableModel,
  options: ToTensorflowJsOptions = {},
): TensorflowJsFiles {
  const { graph, weights } = model;
  checkWeights(graph, weights);
  if (options.dtype === 'F16') checkHalves(weights);
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
  const { manifest, shards } = toShards(
    list.map(({ name }, index) => ({
      name,
      shape: tensors[index]?.shape ?? [],
      data: tensors[index]?.data ?? new Float32Array(0),
    })),
    options.dtype,
  );
  const json = {
    format: 'layers-model',
    generatedBy: `keras v${KERAS_VERSION}`,
    convertedBy: 'mien',
    modelTopology: { keras_version: KERAS_VERSION, backend: 'tensorflow', model_config: config },
    userDefinedMetadata: { mien: toOwnMetadata(model) },
    weightsManifest: manifest,
  };
  return { json: new TextEncoder().encode(JSON.stringify(json)), shards };
}
