/**
 * Writes one of our networks as TFLite.
 *
 * The file looks as TensorFlow's converter makes it: one picture `[1, height, width, channels]` of float32 (runtimes may
 * resize the batch), TFLite's own operators in the oldest version that will do, normalisations folded into the weights
 * before them and activations fused. So it runs anywhere and reads back as the same function, but it cannot be trained
 * on. What an operator puts out has the name of the last layer in it; weights have ours (`conv2d_1/kernel`).
 *
 * Operator versions: `Ref:` tensorflow/lite/tools/versioning/op_version.cc
 */
import type { Layer } from '@mien/core/nn';
import { FUSED } from '../export/plan-folding.js';
import { writeLayers } from '../export/write-layers.js';
import type { WeightType } from '../float16.js';
import type { ExportableModel, ExportOptions } from '../imported-model.js';
import { toOwnMetadata } from '../own-metadata.js';
import * as channels from './channel-operators.js';
import * as convolutions from './convolution-operators.js';
import { LayerCall, type TensorValue } from './layer-call.js';
import * as pictures from './picture-operators.js';
import { TfliteWriter } from './tflite-writer.js';

export interface ToTfliteOptions extends ExportOptions {
  /** Of the kernels; vectors, which are small, and everything that is computed stay float32. Default `F32`. */
  readonly dtype?: WeightType;
}

/**
 * Writes a TFLite file.
 *
 * Labels, input range and crop go into metadata of our own, which other tools pass over; {@link parseTflite} reads them.
 *
 * @throws MienError `MODEL_INVALID` when graph and weights do not belong together, `UNSUPPORTED` for a layer that TFLite
 *   cannot express and for a weight that is too large for float16
 */
export function toTflite(model: ExportableModel, { dtype, onRewrite }: ToTfliteOptions = {}): Uint8Array {
  const { graph } = model;
  const writer = new TfliteWriter(dtype);
  const valueOf = writeLayers<TensorValue>(model, onRewrite, (layer, options) => ({
    tensor: writeLayer(layer, new LayerCall(writer, options)),
  }));
  const input = graph.layers[0]?.name ?? '';
  const outputs = graph.outputs.map((name) => {
    const { tensor, shape } = valueOf(name);
    // A layer that wrote nothing put out what another did; an output has a name of its own.
    return writer.nameOf(tensor) === name ? tensor : writer.reshape(tensor, { name, shape });
  });
  return writer.finish(graph.name, { input: valueOf(input).tensor, outputs }, toOwnMetadata(model));
}

/** @returns the tensor of the layer's output, after the layers that are folded into it */
function writeLayer(layer: Layer, call: LayerCall): number {
  const { writer, output } = call;
  switch (layer.kind) {
    case 'input':
      return writer.input(output);
    case 'conv2d':
      return convolutions.conv2d(layer, call);
    case 'depthwiseConv2d':
      return convolutions.depthwiseConv2d(layer, call);
    case 'separableConv2d':
      return convolutions.separableConv2d(layer, call);
    case 'dense':
      return convolutions.dense(layer, call);
    case 'batchNormalization':
      return channels.batchNormalization(layer, call);
    case 'activation':
      return channels.activation(layer.activation, call);
    case 'prelu':
      return channels.prelu(call);
    case 'clip':
      return channels.clip(layer, call);
    case 'maxPooling2d':
      return pictures.maxPooling2d(layer, call);
    case 'averagePooling2d':
      return pictures.averagePooling2d(layer, call);
    case 'globalAveragePooling2d': {
      const heightAndWidth = writer.integers([1, 2]);
      return writer.operator('MEAN', [call.x, heightAndWidth], output, [{ int8: 0 }]);
    }
    case 'resize2d':
      return pictures.resize2d(layer, call);
    case 'zeroPadding2d':
      return pictures.zeroPadding2d(layer, call);
    case 'flatten':
    case 'reshape':
      return writer.reshape(call.x, output);
    case 'add':
      return writer.operator('ADD', call.tensors, output, [{ int8: call.activation }]);
    case 'multiply':
      return channels.multiply(call);
    case 'concatenate': {
      const axis = layer.axis + 1;
      return writer.operator('CONCATENATION', call.tensors, output, [{ int32: axis }, { int8: FUSED.none }]);
    }
    case 'dropout':
      call.rewritten('left out: a network that is trained does without');
      return call.x;
    default:
      return layer satisfies never;
  }
}
