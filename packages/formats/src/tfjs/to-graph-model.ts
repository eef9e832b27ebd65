/**
 * Writes a model as a graph model of TensorFlow.js (`tf.loadGraphModel`): TensorFlow's operators instead of Keras' layers.
 *
 * It looks as TensorFlow.js' converter makes it: normalisations in the weights before them, biases and activations in the
 * operators before them. So it runs faster than a layers-model and reads back as the same function, but it cannot be
 * trained on. A node has the name of the last layer in it; constants have our names of weights (`conv2d_1/kernel`).
 *
 * Ref: https://github.com/tensorflow/tfjs, `tfjs-converter/src/operations/op_list`
 */
import type { Layer } from '@mien/core/nn';
import { writeLayers } from '../export/write-layers.js';
import { checkHalves } from '../float16.js';
import type { ExportableModel } from '../imported-model.js';
import { toOwnMetadata } from '../own-metadata.js';
import { attribute, GraphWriter, toTensorShape } from './graph-writer.js';
import * as elements from './write-elements.js';
import { GraphStep, type NodeValue } from './graph-step.js';
import * as windows from './write-windows.js';
import { toShards } from './shards.js';
import type { TensorflowJsFiles, ToTensorflowJsOptions } from './to-tfjs.js';

/** @throws MienError `UNSUPPORTED` that names a layer which TensorFlow.js has no operators for, `MODEL_INVALID` */
export function toTensorflowJsGraph(
  model: ExportableModel,
  { dtype = 'F32', onRewrite }: ToTensorflowJsOptions = {},
): TensorflowJsFiles {
  const { graph } = model;
  const writer = new GraphWriter();
  const valueOf = writeLayers<NodeValue>(model, onRewrite, (layer, options) => ({
    node: writeLayer(layer, new GraphStep(writer, options)),
  }));
  const outputs = graph.outputs.map((name) => {
    const { node, shape } = valueOf(name);
    // A layer that wrote nothing put out what another did; an output has a name of its own.
    return { name: node === name ? node : writer.node('Identity', name, [node]), shape };
  });
  if (dtype === 'F16') checkHalves(new Map(writer.constants.flatMap(({ name, shape, data }) => (data instanceof Float32Array ? [[name, { shape, data }]] : [])))); // prettier-ignore
  const { manifest, shards } = toShards(writer.constants, dtype);
  const [input] = graph.layers;
  const signature = (name: string, shape: readonly number[]) => ({
    name: `${name}:0`,
    dtype: 'DT_FLOAT',
    tensorShape: toTensorShape([-1, ...shape]),
  });
  const json = {
    format: 'graph-model',
    generatedBy: 'mien',
    convertedBy: 'mien',
    signature: {
      inputs: { [input?.name ?? '']: signature(input?.name ?? '', graph.inputShape) },
      outputs: Object.fromEntries(outputs.map(({ name, shape }) => [name, signature(name, shape)])),
    },
    modelTopology: { node: writer.nodes, library: {}, versions: { producer: 1 } },
    userDefinedMetadata: { mien: toOwnMetadata(model) },
    weightsManifest: manifest,
  };
  return { json: new TextEncoder().encode(JSON.stringify(json)), shards };
}

/** @returns the node of the layer's output, after the layers that are folded into it */
function writeLayer(layer: Layer, step: GraphStep): string {
  const { writer, x } = step;
  switch (layer.kind) {
    case 'input':
      return writer.node('Placeholder', layer.name, [], {
        dtype: attribute.float32,
        shape: attribute.shape([-1, ...layer.shape]),
      });
    case 'conv2d':
      return windows.conv2d(layer, step);
    case 'depthwiseConv2d':
      return windows.depthwiseConv2d(layer, step);
    case 'separableConv2d':
      return windows.separableConv2d(layer, step);
    case 'dense':
      return windows.dense(layer, step);
    case 'batchNormalization':
      return elements.batchNormalization(layer, step);
    case 'activation':
      return elements.activation(layer.activation, step);
    case 'prelu':
      return elements.prelu(step);
    case 'clip':
      return elements.clip(layer, step);
    case 'maxPooling2d':
      return windows.maxPooling2d(layer, step);
    case 'averagePooling2d':
      return windows.averagePooling2d(layer, step);
    case 'globalAveragePooling2d': {
      const heightAndWidth = writer.integers(step.named('axes'), [1, 2]);
      return writer.node('Mean', step.name, [x, heightAndWidth], { keep_dims: attribute.flag(false) });
    }
    case 'resize2d':
      return windows.resize2d(layer, step);
    case 'zeroPadding2d':
      return windows.pad(step.name, x, { ...layer.padding, channelsAfter: layer.channelsAfter }, step);
    case 'flatten':
    case 'reshape':
      return writer.reshape(step.name, x, step.shape);
    case 'add':
      return step.end((name) => writer.node('AddV2', name, step.nodes));
    case 'multiply':
      return elements.multiply(step);
    case 'concatenate': {
      const axis = writer.integers(step.named('axis'), [layer.axis + 1], []);
      const attributes = { N: attribute.integer(step.nodes.length), Tidx: attribute.int32 };
      return writer.node('ConcatV2', step.name, [...step.nodes, axis], attributes);
    }
    case 'dropout':
      step.rewritten('left out: a network that is trained does without');
      return x;
    default:
      return layer satisfies never;
  }
}
