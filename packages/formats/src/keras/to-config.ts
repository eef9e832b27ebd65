/**
 * One of our graphs → the description that Keras builds a functional model from.
 *
 * Only what differs from Keras' defaults or what older versions need is written; a version fills in the rest itself.
 * `generation` 2 is the form inside .hdf5 files, which Keras 2 and 3 read; 3 is that of .keras files.
 */
import { MienError } from '@mien/core';
import { describeGraph, type ActivationName, type Graph, type Layer, type Shape } from '@mien/core/nn';
import { toKerasOrder } from './layer-order.js';
import type { ExportOptions } from '../imported-model.js';
import { unfoldPadding } from './unfold-padding.js';

export type Generation = 2 | 3;

type Json = Readonly<Record<string, unknown>>;

/** A layer of the description, in Keras' order. */
export interface KerasLayerName {
  readonly name: string;
  readonly className: string;
}

interface LayerDescription {
  readonly className: string;
  readonly config: Json;
}

/** @throws MienError `UNSUPPORTED` that names a layer which this generation of Keras has no counterpart for */
export function toKerasConfig(
  ours: Graph,
  generation: Generation,
  options: ExportOptions = {},
): { readonly config: Json; readonly layers: readonly KerasLayerName[] } {
  const graph = unfoldPadding(ours, options);
  const { layers: descriptions } = describeGraph(graph);
  const shapeOf = (name: string): Shape => descriptions.get(name)?.outputShape ?? [];
  const ordered = toKerasOrder(graph);
  const described = ordered.map((layer) => ({
    layer,
    ...describe(layer, generation, graph.name, layer.inputs.map(shapeOf)),
  }));
  const layers = described.map(({ layer, className, config }) => {
    const named = { name: layer.name, trainable: true, ...config };
    if (generation === 2) {
      const tensors = layer.inputs.map((input) => [input, 0, 0, {}]);
      const inbound = tensors.length === 0 ? [] : [tensors];
      return { name: layer.name, class_name: className, config: named, inbound_nodes: inbound };
    }
    const tensors = layer.inputs.map((input) => ({
      class_name: '__keras_tensor__',
      config: { shape: [null, ...shapeOf(input)], dtype: 'float32', keras_history: [input, 0, 0] },
    }));
    const inbound =
      tensors.length === 0 ? [] : [{ args: takesList(layer) ? [tensors] : tensors, kwargs: {} }];
    return { ...keras3('layers', className, named), name: layer.name, inbound_nodes: inbound };
  });
  const model = {
    name: graph.name,
    trainable: true,
    layers,
    input_layers: ordered.filter(({ kind }) => kind === 'input').map(({ name }) => [name, 0, 0]),
    output_layers: graph.outputs.map((name) => [name, 0, 0]),
  };
  return {
    config:
      generation === 2
        ? { class_name: 'Model', config: model }
        : {
            // Where Keras 3 keeps the class; it is not among those that it exports.
            module: 'keras.src.models.functional',
            class_name: 'Functional',
            config: model,
            registered_name: 'Functional',
          },
    layers: described.map(({ layer, className }) => ({ name: layer.name, className })),
  };
}

/** Whether Keras 2 has a counterpart for every layer, so that .hdf5 files can hold the network. */
export function isKerasGraph(graph: Graph): boolean {
  try {
    toKerasConfig(graph, 2);
    return true;
  } catch (error) {
    if (error instanceof MienError && error.code === 'UNSUPPORTED') return false;
    throw error;
  }
}

/** Keras 3's form of everything that it can build by name. */
export function keras3(module: string, className: string, config: Json): Json {
  return { module: `keras.${module}`, class_name: className, config, registered_name: null };
}

/** Layers whose call takes one list instead of tensors. */
function takesList({ kind }: Layer): boolean {
  return kind === 'add' || kind === 'multiply' || kind === 'concatenate';
}

function describe(
  layer: Layer,
  generation: Generation,
  graphName: string,
  shapes: readonly Shape[],
): LayerDescription {
  const unsupported = (what: string): MienError =>
    new MienError(
      'UNSUPPORTED',
      `graph ${graphName}: layer ${layer.name} (${layer.kind}): ${what} in ${generation === 3 ? '.keras' : '.hdf5'} files; choose another format`,
    );
  const window = (of: Extract<Layer, { strides: number }>): Json => {
    if (typeof of.padding !== 'string') throw unsupported('padding by number has no counterpart');
    return {
      strides: [of.strides, of.strides],
      padding: of.padding,
      data_format: 'channels_last',
    };
  };
  switch (layer.kind) {
    case 'input': {
      const shape = [null, ...layer.shape];
      return {
        className: 'InputLayer',
        config: {
          ...(generation === 3 ? { batch_shape: shape } : { batch_input_shape: shape }),
          dtype: 'float32',
        },
      };
    }
    case 'conv2d':
      return {
        className: 'Conv2D',
        config: {
          filters: layer.filters,
          kernel_size: layer.kernelSize,
          ...window(layer),
          dilation_rate: [1, 1],
          // Keras before 2.3 does not know groups.
          ...(layer.groups === 1 ? {} : { groups: layer.groups }),
          activation: 'linear',
          use_bias: layer.useBias,
          kernel_regularizer: toRegularizer(layer.kernelL2, generation),
        },
      };
    case 'depthwiseConv2d':
      return {
        className: 'DepthwiseConv2D',
        config: {
          kernel_size: layer.kernelSize,
          ...window(layer),
          depth_multiplier: 1,
          activation: 'linear',
          use_bias: layer.useBias,
        },
      };
    case 'separableConv2d':
      return {
        className: 'SeparableConv2D',
        config: {
          filters: layer.filters,
          kernel_size: layer.kernelSize,
          ...window(layer),
          depth_multiplier: 1,
          activation: 'linear',
          use_bias: layer.useBias,
        },
      };
    case 'batchNormalization': {
      const { momentum, epsilon, center, scale } = layer;
      return { className: 'BatchNormalization', config: { axis: -1, momentum, epsilon, center, scale } };
    }
    case 'activation':
      return toActivation(layer.activation, generation, unsupported);
    case 'prelu':
      return { className: 'PReLU', config: { shared_axes: [1, 2] } };
    case 'clip':
      if (layer.min !== 0 || !Number.isFinite(layer.max))
        throw unsupported('only clips from 0 have a counterpart');
      return { className: 'ReLU', config: { max_value: layer.max } };
    case 'maxPooling2d':
      return { className: 'MaxPooling2D', config: { pool_size: layer.poolSize, ...window(layer) } };
    case 'averagePooling2d':
      return { className: 'AveragePooling2D', config: { pool_size: layer.poolSize, ...window(layer) } };
    case 'globalAveragePooling2d':
      return { className: 'GlobalAveragePooling2D', config: { data_format: 'channels_last' } };
    case 'flatten':
      return { className: 'Flatten', config: {} };
    case 'reshape':
      return { className: 'Reshape', config: { target_shape: layer.shape } };
    case 'dense':
      return {
        className: 'Dense',
        config: { units: layer.units, activation: 'linear', use_bias: layer.useBias },
      };
    case 'dropout':
      return { className: 'Dropout', config: { rate: layer.rate } };
    case 'add':
      return { className: 'Add', config: {} };
    case 'multiply':
      return { className: 'Multiply', config: {} };
    case 'concatenate':
      return { className: 'Concatenate', config: { axis: layer.axis + 1 } };
    case 'zeroPadding2d': {
      if (layer.channelsAfter !== 0) throw unsupported('further channels of zeros have no counterpart');
      const { top, bottom, left, right } = layer.padding;
      const padding = [
        [top, bottom],
        [left, right],
      ];
      return { className: 'ZeroPadding2D', config: { padding, data_format: 'channels_last' } };
    }
    case 'resize2d': {
      const [inputShape = []] = shapes;
      const [down, across] = [layer.size[0] / (inputShape[0] ?? 1), layer.size[1] / (inputShape[1] ?? 1)];
      if (!Number.isInteger(down) || !Number.isInteger(across)) {
        throw unsupported('only whole factors have a counterpart');
      }
      const { interpolation } = layer;
      return {
        className: 'UpSampling2D',
        config: { size: [down, across], interpolation, data_format: 'channels_last' },
      };
    }
    default:
      return layer satisfies never;
  }
}

function toActivation(
  activation: ActivationName,
  generation: Generation,
  unsupported: (what: string) => MienError,
): LayerDescription {
  switch (activation) {
    case 'relu':
    case 'sigmoid':
    case 'softmax':
    case 'tanh':
    case 'elu':
    case 'gelu':
      return { className: 'Activation', config: { activation } };
    case 'relu6':
      return { className: 'ReLU', config: { max_value: 6 } };
    case 'hardSigmoid':
    case 'hardSwish':
      // Keras 2's hard_sigmoid is another function, and it has no hard swish.
      if (generation === 2) throw unsupported(`${activation} has no counterpart`);
      return {
        className: 'Activation',
        config: { activation: activation === 'hardSigmoid' ? 'hard_sigmoid' : 'hard_silu' },
      };
    default:
      return activation satisfies never;
  }
}

function toRegularizer(l2: number, generation: Generation): Json | null {
  if (l2 === 0) return null;
  return generation === 3
    ? keras3('regularizers', 'L2', { l2 })
    : { class_name: 'L1L2', config: { l1: 0, l2 } };
}
