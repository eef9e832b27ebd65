/**
 * What each TFLite operator is in our layers. Field numbers are those of the schema's option tables.
 *
 * Pictures are channels-last in both, and paddings are the same, so most of it is one to one. An activation that
 * is fused into an operator becomes a layer of its own; our compiler fuses it again.
 */
import { scalar } from '../import/constant.js';
import * as channels from '../import/channel-layers.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import * as shapes from '../import/shape-layers.js';
import { activated } from './fused-activation.js';
import type { FramedPicture, OperatorCall } from './operator-call.js';
import {
  averagePooling,
  convolution,
  depthwiseConvolution,
  fullyConnected,
  maxPooling,
  pad,
  padWith,
  resize,
} from './window-operators.js';

type Operator = (call: OperatorCall) => Operand | FramedPicture;

export const OPERATORS: Readonly<Record<string, Operator>> = {
  CONV_2D: convolution,
  DEPTHWISE_CONV_2D: depthwiseConvolution,
  MAX_POOL_2D: maxPooling,
  AVERAGE_POOL_2D: averagePooling,
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

function reshape(call: OperatorCall): Operand {
  const wanted = call.inputs[1] === undefined ? call.options?.int32s(0) : Array.from(call.constant(1).values);
  return shapes.reshape(call.importer, call.value(0), wanted ?? call.outputDims);
}

function concatenate(call: OperatorCall): Operand {
  const values = call.inputs.map((_, index) => call.value(index));
  const axis = call.axis(call.options?.int32(0) ?? 0, values[0]?.dims.length ?? 0);
  return activated(call, 1, shapes.concatenate(call.importer, values, axis));
}
