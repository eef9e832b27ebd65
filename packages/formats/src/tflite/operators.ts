/**
 * What each TFLite operator is in our layers. Field numbers are those of the schema's option tables.
 *
 * Pictures are channels-last in both, and paddings are the same, so most of it is one to one. An activation that
 * is fused into an operator becomes a layer of its own; our compiler fuses it again.
 */
import type { ExplicitPadding, Padding, Size2d, Tensor } from '@mien/core/nn';
import { scalar, toFloats, transposedValues } from '../import/constant.js';
import * as channels from '../import/channel-layers.js';
import type { Value } from '../import/graph-importer.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import { findInterpolation } from '../import/resampling.js';
import { areSame, NO_PADDING, sumOf, toAmounts, toNamed } from '../import/padding.js';
import * as shapes from '../import/shape-layers.js';
import * as windows from '../import/window-layers.js';
import type { WindowOptions } from '../import/window-layers.js';
import type { FramedPicture, OperatorCall } from './operator-call.js';
import { LOWEST_FLOAT32 } from './tflite-model.js';

type Operator = (call: OperatorCall) => Operand | FramedPicture;

const PADDINGS: Readonly<Record<number, Padding>> = { 0: 'same', 1: 'valid' };

export const OPERATORS: Readonly<Record<string, Operator>> = {
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: depthwiseConvolution,
  MAX_POOL_2D: maxPooling,
  AVERAGE_POOL_2D: (call) => {
    const window = { ...poolWindow(call), countIncludesPadding: false };
    return activated(call, 5, windows.averagePooling2d(call.importer, call.value(0), window));
  },
  FULLY_CONNECTED: fullyConnected,
  MEAN: mean,

  RELU: (call) => channels.activation(call.importer, call.value(0), 'relu'),
  RELU6: (call) => channels.activation(call.importer, call.value(0), 'relu6'),
  RELU_N1_TO_1: (call) => channels.clip(call.importer, call.value(0), -1, 1),
  RELU_0_TO_1: (call) => channels.clip(call.importer, call.value(0), 0, 1),
  MAXIMUM: (call) => bounded(call, (bound) => [bound, Infinity]),
  MINIMUM: (call) => bounded(call, (bound) => [-Infinity, bound]),
  LOGISTIC: (call) => channels.activation(call.importer, call.value(0), 'sigmoid'),
  TANH: (call) => channels.activation(call.importer, call.value(0), 'tanh'),
  ELU: (call) => channels.activation(call.importer, call.value(0), 'elu'),
  GELU: (call) => {
    if ((call.options?.uint8(0) ?? 0) === 1) return channels.approximateGelu(call.importer, call.value(0));
    return channels.activation(call.importer, call.value(0), 'gelu');
  },
  HARD_SWISH: (call) => channels.activation(call.importer, call.value(0), 'hardSwish'),
  PRELU: (call) => channels.prelu(call.importer, call.value(0), call.constant(1)),
  LEAKY_RELU: (call) => channels.prelu(call.importer, call.value(0), scalar(call.options?.float32(0) ?? 0)),
  SOFTMAX: softmax,
  // As in `onnx/operators.ts`: nothing follows it, and the outputs are the probabilities themselves.
  LOG_SOFTMAX: (call) => {
    if (!call.isLast) throw call.unsupported('takes a logarithm that other operators need');
    return softmax(call);
  },

  ADD: add,
  SUB: subtract,
  MUL: multiply,

  PAD: pad,
  PADV2: padWith,
  RESIZE_BILINEAR: (call) => resize(call, 'linear', 2, 3),
  RESIZE_NEAREST_NEIGHBOR: (call) => resize(call, 'nearest', 0, 1),
  RESHAPE: reshape,
  SQUEEZE: (call) => shapes.reshape(call.importer, call.value(0), call.outputDims),
  EXPAND_DIMS: (call) => shapes.reshape(call.importer, call.value(0), call.outputDims),
  TRANSPOSE: (call) => shapes.transpose(call.importer, call.value(0), Array.from(call.constant(1).values)),
  CONCATENATION: concatenate,
  // Halves and integers become numbers when they are read, so there is nothing left to do.
  DEQUANTIZE: (call) => call.operand(0),
  QUANTIZE: (call) => call.operand(0),
};

/** Field `field` of the options says which activation ends the operator. */
function activated(call: OperatorCall, field: number, x: Value): Value {
  const activation = call.options?.int8(field) ?? 0;
  switch (activation) {
    case 0:
      return x;
    case 1:
      return channels.activation(call.importer, x, 'relu');
    case 2:
      return channels.clip(call.importer, x, -1, 1);
    case 3:
      return channels.activation(call.importer, x, 'relu6');
    case 4:
      return channels.activation(call.importer, x, 'tanh');
    default:
      throw call.unsupported(`ends with activation ${activation}`);
  }
}

function convolution(call: OperatorCall): Operand {
  const x = call.value(0);
  const weights = call.constant(1);
  const { dims } = weights;
  const [filters = 0, height = 0, width = 0, seen = 0] = dims;
  if (dims.length !== 4 || seen === 0) throw call.invalid(`a kernel of [${dims.join(', ')}]`);
  const groups = call.importer.pictureShape(x)[2] / seen;
  // [filters, height, width, channels] → [height, width, channels, filters]
  const ordered = transposedValues(toFloats(weights), dims, [1, 2, 3, 0]);
  const { window, spread } = windowOf(call, [height, width], 4);
  const [tall, wide] = window.size;
  const kernel = { shape: [tall, wide, seen, filters], data: spread(ordered, seen * filters) };
  return activated(
    call,
    3,
    windows.conv2d(call.importer, x, { ...window, kernel, groups, bias: bias(call) }),
  );
}

function depthwiseConvolution(call: OperatorCall): Operand {
  const x = call.value(0);
  const weights = call.constant(1);
  const { dims } = weights;
  const [one = 0, height = 0, width = 0, filters = 0] = dims;
  if (dims.length !== 4 || one !== 1) throw call.invalid(`a kernel of [${dims.join(', ')}]`);
  const channels = call.importer.pictureShape(x)[2];
  const dilated = windowOf(call, [height, width], 5);
  const window = { ...dilated.window, bias: bias(call) };
  const [tall, wide] = window.size;
  const data = dilated.spread(toFloats(weights), filters);
  // [1, height, width, channels · multiplier] is in memory what both of our kernels are.
  const result =
    filters === channels
      ? windows.depthwiseConv2d(call.importer, x, {
          ...window,
          kernel: { shape: [tall, wide, channels, 1], data },
        })
      : windows.conv2d(call.importer, x, {
          ...window,
          kernel: { shape: [tall, wide, 1, filters], data },
          groups: channels,
        });
  return activated(call, 4, result);
}

function maxPooling(call: OperatorCall): Operand {
  const { importer, frame } = call;
  const x = call.value(0);
  const window = poolWindow(call);
  if (areSame(frame, NO_PADDING)) return activated(call, 5, windows.maxPooling2d(importer, x, window));
  // Lowest numbers around the picture are the window's own padding.
  const { size, strides } = window;
  const [height, width] = importer.pictureShape(x);
  const framed: Size2d = [height + frame.top + frame.bottom, width + frame.left + frame.right];
  const amounts = sumOf(frame, toAmounts(window.padding, framed, size, strides));
  const padding = toNamed(amounts, [height, width], size, strides);
  return activated(call, 5, windows.maxPooling2d(importer, x, { ...window, padding }));
}

function fullyConnected(call: OperatorCall): Operand {
  const x = call.value(0);
  const weights = call.constant(1);
  const { dims } = weights;
  const [units = 0, inputs = 0] = dims;
  const count = x.dims.reduce((product, side) => product * side, 1);
  if (dims.length !== 2 || inputs !== count || (call.options?.int8(1) ?? 0) !== 0) {
    throw call.unsupported(`a matrix [${dims.join(', ')}] for [${x.dims.join(', ')}]`);
  }
  const kernel = {
    shape: [inputs, units],
    data: transposedValues(toFloats(weights), [units, inputs], [1, 0]),
  };
  const vector = shapes.reshape(call.importer, x, [1, inputs]);
  const result = activated(call, 0, shapes.dense(call.importer, vector, kernel, bias(call)));
  return shapes.reshape(call.importer, result, call.outputDims);
}

function mean(call: OperatorCall): Operand {
  const x = call.value(0);
  const axes = Array.from(call.constant(1).values, (axis) => call.axis(axis, x.dims.length));
  return shapes.mean(call.importer, x, axes, (call.options?.uint8(0) ?? 0) === 1);
}

function softmax(call: OperatorCall): Operand {
  const x = call.value(0);
  const beta = call.options?.float32(0) ?? 0;
  const scaled = beta === 1 || beta === 0 ? x : channels.affine(call.importer, x, scalar(beta), undefined);
  return channels.softmax(call.importer, scaled, [x.dims.length - 1]);
}

/** A maximum or minimum of a value and one number. */
function bounded(call: OperatorCall, toRange: (bound: number) => [min: number, max: number]): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  const constant = isConstant(a) ? a : b;
  if (!isConstant(constant)) throw call.unsupported('compares two values that depend on the picture');
  const [bound] = constant.values;
  if (constant.values.length !== 1 || bound === undefined) {
    throw call.unsupported(`compares with [${constant.dims.join(', ')}]; only with one number`);
  }
  const [min, max] = toRange(bound);
  return channels.clip(call.importer, call.value(isConstant(a) ? 1 : 0), min, max);
}

function add(call: OperatorCall): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a)) return activated(call, 0, channels.affine(call.importer, call.value(1), undefined, a));
  if (isConstant(b)) return activated(call, 0, channels.affine(call.importer, a, undefined, b));
  return activated(call, 0, channels.add(call.importer, a, b));
}

function subtract(call: OperatorCall): Operand {
  const { importer } = call;
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a)) return activated(call, 0, channels.affine(importer, call.value(1), scalar(-1), a));
  if (isConstant(b)) {
    const negative = { ...b, values: b.values.map((value) => -value) };
    return activated(call, 0, channels.affine(importer, a, undefined, negative));
  }
  return activated(call, 0, channels.add(importer, a, channels.affine(importer, b, scalar(-1), undefined)));
}

function multiply(call: OperatorCall): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a)) return activated(call, 0, channels.affine(call.importer, call.value(1), a, undefined));
  if (isConstant(b)) return activated(call, 0, channels.affine(call.importer, a, b, undefined));
  return activated(call, 0, channels.multiply(call.importer, a, b));
}

function pad(call: OperatorCall): Operand {
  const x = call.value(0);
  const { amounts, channelsAfter } = padAmounts(call);
  if (areSame(amounts, NO_PADDING) && channelsAfter === 0) return x;
  return windows.zeroPadding2d(call.importer, x, amounts, channelsAfter);
}

function padWith(call: OperatorCall): Operand | FramedPicture {
  const { values } = call.constant(2);
  const [value] = values;
  if (values.length !== 1 || value === undefined) throw call.invalid(`pads with ${values.length} numbers`);
  if (value === 0) return pad(call);
  const { amounts, channelsAfter } = padAmounts(call);
  if (value > LOWEST_FLOAT32 || channelsAfter !== 0) {
    throw call.unsupported(
      `pads with ${value}; only zeros, and lowest numbers around a picture, can be read`,
    );
  }
  return { picture: call.value(0), frame: amounts };
}

function padAmounts(call: OperatorCall): { amounts: ExplicitPadding; channelsAfter: number } {
  const { dims, values } = call.constant(1);
  call.importer.pictureShape(call.value(0));
  if (dims.join() !== '4,2') throw call.unsupported(`paddings of [${dims.join(', ')}]`);
  const [batchBefore, batchAfter, top = 0, bottom = 0, left = 0, right = 0, before, after = 0] = values;
  if (batchBefore !== 0 || batchAfter !== 0 || before !== 0) {
    throw call.unsupported('pads the batch, or before the channels');
  }
  return { amounts: { top, left, bottom, right }, channelsAfter: after };
}

function resize(call: OperatorCall, interpolation: string, alignField: number, halfField: number): Operand {
  const x = call.value(0);
  const [height, width] = call.importer.pictureShape(x);
  const [rows = 0, columns = 0, ...rest] = call.constant(1).values;
  if (rest.length > 0) throw call.unsupported(`resizes to ${rest.length + 2} dims`);
  const flag = (field: number) => (call.options?.uint8(field) ?? 0) === 1;
  const size: Size2d = [rows, columns];
  const centres = flag(alignField) ? 'align_corners' : flag(halfField) ? 'half_pixel' : 'asymmetric';
  // TensorFlow takes the nearest pixel at half-pixel centres as ⌊(i + ½) · scale⌋, else it cuts off or rounds.
  const rounding = centres === 'asymmetric' ? 'floor' : 'round_prefer_ceil';
  const scale: Size2d = [rows / height, columns / width];
  const ours = findInterpolation([height, width], size, scale, { interpolation, centres, rounding });
  if (ours === undefined) {
    throw call.unsupported(`resamples by ${centres} from ${height}×${width} to ${size.join('×')}`);
  }
  return windows.resize2d(call.importer, x, size, ours);
}

function reshape(call: OperatorCall): Operand {
  const wanted = call.inputs[1] === undefined ? call.options?.int32s(0) : Array.from(call.constant(1).values);
  return shapes.reshape(call.importer, call.value(0), wanted ?? call.outputDims);
}

function concatenate(call: OperatorCall): Operand {
  const values = call.inputs.map((_, index) => call.value(index));
  const axis = call.axis(call.options?.int32(0) ?? 0, values[0]?.dims.length ?? 0);
  return activated(call, 1, shapes.concatenate(call.importer, values, axis));
}

/** @param dilationField where the table has its two dilations, horizontal first */
function windowOf(
  call: OperatorCall,
  kernel: Size2d,
  dilationField: number,
): { window: WindowOptions; spread: (data: Float32Array, perTap: number) => Float32Array } {
  const { options } = call;
  const rates: Size2d = [options?.int32(dilationField + 1, 1) ?? 1, options?.int32(dilationField, 1) ?? 1];
  const { size, spread } = windows.dilatedWindow(call.importer, kernel, rates);
  const strides: Size2d = [options?.int32(2) ?? 0, options?.int32(1) ?? 0];
  return { window: { size, strides, padding: paddingOf(call) }, spread };
}

function poolWindow(call: OperatorCall): WindowOptions {
  const { options } = call;
  return {
    size: [options?.int32(4) ?? 0, options?.int32(3) ?? 0],
    strides: [options?.int32(2) ?? 0, options?.int32(1) ?? 0],
    padding: paddingOf(call),
  };
}

function paddingOf(call: OperatorCall): Padding {
  const padding = PADDINGS[call.options?.int8(0) ?? 0];
  if (padding === undefined) throw call.unsupported(`padding ${call.options?.int8(0) ?? 0}`);
  return padding;
}

function bias(call: OperatorCall): Tensor | undefined {
  const constant = call.optionalConstant(2);
  return constant && { shape: [constant.values.length], data: toFloats(constant) };
}
