/** What each layer is in ONNX: one operator of it, or a few. */
import { MienError } from '@mien/core';
import type { Layer, Shape } from '@mien/core/nn';
import { TO_CHANNELS_FIRST, TO_CHANNELS_LAST, type OnnxExport } from './onnx-export.js';
import { writeActivation } from './write-activation.js';
import { writeResize } from './write-resize.js';

/** Writes the operators of a layer; the last one's output has the layer's name. */
export function writeLayer(file: OnnxExport, layer: Layer): void {
  const { name } = layer;
  const { writer } = file;
  const [x = '', second = ''] = layer.inputs;
  switch (layer.kind) {
    case 'input':
      writer.input(name, file.dims(name));
      return;
    case 'conv2d': {
      const kernel = file.kernel(`${name}/kernel`, [3, 2, 0, 1]);
      const attributes = { ...file.window(x, layer, layer.kernelSize), group: layer.groups };
      writer.node('Conv', name, [x, kernel, ...file.bias(layer)], attributes);
      return;
    }
    case 'depthwiseConv2d':
      writeDepthwise(file, name, layer, file.bias(layer));
      return;
    case 'separableConv2d': {
      file.onRewrite(name, 'a Conv of every channel and a Conv of 1×1');
      const spread = writeDepthwise(file, `${name}_depthwise`, layer, []);
      const kernel = file.kernel(`${name}/pointwise_kernel`, [3, 2, 0, 1]);
      writer.node('Conv', name, [spread, kernel, ...file.bias(layer)], { kernel_shape: [1, 1] });
      return;
    }
    case 'batchNormalization':
      writeBatchNormalization(file, layer);
      return;
    case 'activation':
      writeActivation(file, name, x, layer.activation);
      return;
    case 'prelu':
      writer.node('PRelu', name, [x, file.perChannel(`${name}/alpha`, x)]);
      return;
    case 'clip': {
      const bound = (value: number) => (Number.isFinite(value) ? writer.floats([value], true) : '');
      writer.node('Clip', name, [x, bound(layer.min), bound(layer.max)]);
      return;
    }
    case 'maxPooling2d':
      writer.node('MaxPool', name, [x], file.window(x, layer, layer.poolSize));
      return;
    case 'averagePooling2d':
      writer.node('AveragePool', name, [x], {
        ...file.window(x, layer, layer.poolSize),
        count_include_pad: layer.countIncludesPadding ? 1 : 0,
      });
      return;
    case 'globalAveragePooling2d':
      // Readers name what they make after operators, so the one that matters gets the layer's name.
      writer.node('GlobalAveragePool', `${name}_picture`, [x], {}, { name });
      writer.node('Flatten', name, [`${name}_picture`], { axis: 1 }, { name: `${name}_vector` });
      return;
    case 'flatten':
      writer.node('Flatten', name, [file.plain(x)], { axis: 1 });
      return;
    case 'reshape':
      writeReshape(file, name, file.plain(x), layer.shape);
      return;
    case 'dense':
      writer.node('Gemm', name, [x, file.weight(`${name}/kernel`), ...file.bias(layer)]);
      return;
    case 'add':
      writer.node('Add', name, [x, second]);
      return;
    case 'multiply':
      writer.node('Mul', name, [x, file.broadcast(name, second, x)]);
      return;
    case 'concatenate': {
      const axis = file.isPicture(name) ? TO_CHANNELS_LAST[layer.axis + 1] : layer.axis + 1;
      writer.node('Concat', name, layer.inputs, { axis: axis ?? 1 });
      return;
    }
    case 'resize2d':
      writeResize(file, layer, x);
      return;
    case 'zeroPadding2d': {
      const { top, left, bottom, right } = layer.padding;
      const pads = writer.integers([0, 0, top, left, 0, layer.channelsAfter, bottom, right]);
      writer.node('Pad', name, [x, pads], { mode: 'constant' });
      return;
    }
    case 'dropout':
      writer.node('Dropout', name, [x, writer.floats([layer.rate], true)]);
      return;
    default:
      throw new MienError(
        'UNSUPPORTED',
        `layer ${name}: this kind cannot be written as ONNX: ${layer satisfies never}`,
      );
  }
}

function writeDepthwise(
  file: OnnxExport,
  node: string,
  layer: Extract<Layer, { kind: 'depthwiseConv2d' | 'separableConv2d' }>,
  bias: readonly string[],
): string {
  const [x = ''] = layer.inputs;
  const kernel = file.kernel(`${layer.name}/depthwise_kernel`, [2, 3, 0, 1]);
  const group = file.shape(x)[2] ?? 1;
  return file.writer.node('Conv', node, [x, kernel, ...bias], {
    ...file.window(x, layer, layer.kernelSize),
    group,
  });
}

function writeBatchNormalization(
  file: OnnxExport,
  layer: Extract<Layer, { kind: 'batchNormalization' }>,
): void {
  const { name, epsilon, momentum } = layer;
  const [x = ''] = layer.inputs;
  const channels = file.shape(x).at(-1) ?? 1;
  const constant = (weight: string, value: number) =>
    file.writer.weight(`${name}/${weight}`, [channels], new Float32Array(channels).fill(value));
  const gamma = layer.scale ? file.weight(`${name}/gamma`) : constant('gamma', 1);
  const beta = layer.center ? file.weight(`${name}/beta`) : constant('beta', 0);
  const statistics = [file.weight(`${name}/moving_mean`), file.weight(`${name}/moving_variance`)];
  const attributes = { epsilon: { float: epsilon }, momentum: { float: momentum } };
  if (file.shape(x).length !== 2) {
    file.writer.node('BatchNormalization', name, [x, gamma, beta, ...statistics], attributes);
    return;
  }
  // ONNX's channels are the second axis, ours the last.
  const swapped = file.writer.node('Transpose', `${name}_swapped`, [x], { perm: [0, 2, 1] });
  const inputs = [swapped, gamma, beta, ...statistics];
  const normalized = file.writer.node('BatchNormalization', `${name}_normalized`, inputs, attributes);
  file.writer.node('Transpose', name, [normalized], { perm: [0, 2, 1] });
}

function writeReshape(file: OnnxExport, name: string, plain: string, shape: Shape): void {
  // 0 copies the batch.
  const dims = file.writer.integers([0, ...shape]);
  if (shape.length !== 3) {
    file.writer.node('Reshape', name, [plain, dims]);
    return;
  }
  const reshaped = file.writer.node('Reshape', `${name}_channels_last`, [plain, dims]);
  file.keepPlain(name, reshaped);
  file.writer.node('Transpose', name, [reshaped], { perm: TO_CHANNELS_FIRST });
}
