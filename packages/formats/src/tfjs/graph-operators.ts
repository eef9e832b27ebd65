/**
 * What each TensorFlow operator is in our layers, as far as TensorFlow.js' converter leaves it in a graph.
 *
 * Pictures are channels-last in both, and paddings are the same. Ref: https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import { elementCount, type Padding, type Size2d, type Tensor } from '@mien/core/nn';
import * as channels from '../import/channel-layers.js';
import { integerConstant, scalar, toFloats, type Constant } from '../import/constant.js';
import type { GraphImporter, Value } from '../import/graph-importer.js';
import { isConstant, OperatorInputs, type Operand } from '../import/operator-inputs.js';
import { findInterpolation } from '../import/resampling.js';
import * as shapes from '../import/shape-layers.js';
import * as windows from '../import/window-layers.js';
import type { Attributes } from './graph-def.js';

export class NodeCall extends OperatorInputs {
  constructor(
    importer: GraphImporter,
    inputs: readonly (Operand | undefined)[],
    readonly attributes: Attributes,
    /** Whether no other operator takes its result. */
    readonly isLast: boolean,
  ) {
    super(importer, inputs);
  }

  withInputs(inputs: readonly (Operand | undefined)[]): NodeCall {
    return new NodeCall(this.importer, inputs, this.attributes, this.isLast);
  }
}

type Operator = (call: NodeCall) => Operand;

const activation =
  (name: Parameters<typeof channels.activation>[2]): Operator =>
  (call) =>
    channels.activation(call.importer, call.value(0), name);
const identity: Operator = (call) => call.operand(0);

export const OPERATORS: Readonly<Record<string, Operator>> = {
  Conv2D: (call) => convolution(call),
  _FusedConv2D: (call) => fused(call, convolution),
  DepthwiseConv2dNative: (call) => depthwise(call),
  FusedDepthwiseConv2dNative: (call) => fused(call, depthwise),
  MatMul: (call) => product(call),
  _FusedMatMul: (call) => fused(call, product),
  BiasAdd: add,
  FusedBatchNorm: batchNormalization,
  FusedBatchNormV2: batchNormalization,
  FusedBatchNormV3: batchNormalization,
  MaxPool: (call) => windows.maxPooling2d(call.importer, call.value(0), poolWindow(call)),
  AvgPool: (call) =>
    windows.averagePooling2d(call.importer, call.value(0), {
      ...poolWindow(call),
      countIncludesPadding: false,
    }),
  Mean: mean,
  Max: largest,

  Relu: activation('relu'),
  Relu6: activation('relu6'),
  Elu: activation('elu'),
  Sigmoid: activation('sigmoid'),
  Tanh: activation('tanh'),
  LeakyRelu: (call) =>
    channels.prelu(call.importer, call.value(0), scalar(call.attributes.number('alpha', 0.2))),
  Prelu: (call) => channels.prelu(call.importer, call.value(0), call.constant(1)),
  Selu: (call) =>
    channels.affine(
      call.importer,
      channels.elu(call.importer, call.value(0), 1.6732632423543772),
      scalar(1.0507009873554805),
      undefined,
    ),
  Softmax: softmax,
  LogSoftmax: (call) => {
    // As in `onnx/operators.ts`: nothing follows it, and the outputs are the probabilities themselves.
    if (!call.isLast) throw call.unsupported('takes a logarithm that other operators need');
    return softmax(call);
  },

  Add: add,
  AddV2: add,
  AddN: (call) =>
    call.inputs.slice(1).reduce<Operand>((sum, other) => add(call.withInputs([sum, other])), call.operand(0)),
  Sub: subtract,
  Mul: multiply,
  RealDiv: divide,
  Rsqrt: (call) => mapped(call, (value) => 1 / Math.sqrt(value)),
  Sqrt: (call) => mapped(call, Math.sqrt),
  Neg: (call) => channels.affine(call.importer, call.value(0), scalar(-1), undefined),
  Maximum: (call) => bounded(call, (bound) => [bound, Infinity]),
  Minimum: (call) => bounded(call, (bound) => [-Infinity, bound]),

  Pad: pad,
  PadV2: pad,
  Reshape: (call) => reshaped(call, Array.from(call.constant(1).values)),
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Transpose: (call) => shapes.transpose(call.importer, call.value(0), Array.from(call.constant(1).values)),
  ConcatV2: concatenate,
  ResizeBilinear: (call) => resize(call, 'linear'),
  ResizeNearestNeighbor: (call) => resize(call, 'nearest'),

  Shape: (call) => shapeOf(call),
  StridedSlice: slice,
  Pack: pack,
  Prod: (call) => {
    const { values } = call.constant(0);
    return integerConstant([], [Array.from(values).reduce((all, side) => all * side, 1)]);
  },
  Identity: identity,
  StopGradient: identity,
  PreventGradient: identity,
  Cast: identity,
};

/** Convolution or product with what the converter has put into the same node. */
function fused(call: NodeCall, main: (call: NodeCall, bias: Constant | undefined) => Value): Operand {
  const steps = call.attributes.texts('fused_ops');
  const hasBias = steps[0] === 'BiasAdd';
  const [x, weights, ...more] = call.inputs;
  let value = main(call.withInputs([x, weights]), hasBias ? constantOf(call, more[0]) : undefined);
  for (const step of hasBias ? steps.slice(1) : steps) {
    const one = call.withInputs([value]);
    if (step === 'LeakyRelu') {
      value = channels.prelu(call.importer, value, scalar(call.attributes.number('leakyrelu_alpha', 0.2)));
    } else if (step === 'Prelu') value = channels.prelu(call.importer, value, constantOf(call, more[1]));
    else if (step !== '' && step !== 'noop') {
      const read = ACTIVATIONS_THAT_FUSE.has(step) ? OPERATORS[step] : undefined;
      const result = read?.(one);
      if (result === undefined || isConstant(result)) throw call.unsupported(`is fused with ${step}`);
      value = result;
    }
  }
  return value;
}

const ACTIVATIONS_THAT_FUSE = new Set(['Relu', 'Relu6', 'Elu', 'Sigmoid', 'Tanh']);

function constantOf(call: NodeCall, operand: Operand | undefined): Constant {
  if (operand === undefined || !isConstant(operand))
    throw call.unsupported('has a bias that depends on the picture');
  return operand;
}

function toTensor({ dims, values }: Constant): Tensor {
  return { shape: dims, data: values instanceof Float32Array ? values : new Float32Array(values) };
}

function convolution(call: NodeCall, bias?: Constant): Value {
  const x = call.value(0);
  const { shape, data } = toTensor(call.constant(1)); // [height, width, channels / groups, filters]
  const [height = 0, width = 0, seen = 0, filters = 0] = shape;
  if (shape.length !== 4 || seen === 0) throw call.invalid(`a kernel of [${shape.join(', ')}]`);
  const { window, spread } = windowOf(call, [height, width]);
  return windows.conv2d(call.importer, x, {
    ...window,
    groups: call.importer.pictureShape(x)[2] / seen,
    kernel: { shape: [...window.size, seen, filters], data: spread(data, seen * filters) },
    bias: bias && { shape: [bias.values.length], data: toFloats(bias) },
  });
}

function depthwise(call: NodeCall, bias?: Constant): Value {
  const x = call.value(0);
  const { shape, data } = toTensor(call.constant(1)); // [height, width, channels, multiplier]
  const [height = 0, width = 0, count = 0, multiplier = 0] = shape;
  if (shape.length !== 4) throw call.invalid(`a kernel of [${shape.join(', ')}]`);
  const { window, spread } = windowOf(call, [height, width]);
  const spreadData = spread(data, count * multiplier);
  const options = { ...window, bias: bias && { shape: [bias.values.length], data: toFloats(bias) } };
  if (multiplier === 1) {
    return windows.depthwiseConv2d(call.importer, x, {
      ...options,
      kernel: { shape: [...window.size, count, 1], data: spreadData },
    });
  }
  return windows.conv2d(call.importer, x, {
    ...options,
    groups: count,
    kernel: { shape: [...window.size, 1, count * multiplier], data: spreadData },
  });
}

function product(call: NodeCall, bias?: Constant): Value {
  const { attributes } = call;
  if (attributes.flag('transpose_a')) throw call.unsupported('transposes its input (transpose_a)');
  if (attributes.flag('transpose_b')) throw call.unsupported('transposes its matrix (transpose_b)');
  const kernel = toTensor(call.constant(1));
  if (kernel.shape.length !== 2) throw call.unsupported(`a matrix of [${kernel.shape.join(', ')}]`);
  return shapes.dense(
    call.importer,
    call.value(0),
    kernel,
    bias && { shape: [bias.values.length], data: toFloats(bias) },
  );
}

function batchNormalization(call: NodeCall): Operand {
  const statistics = [call.constant(1), call.constant(2), call.constant(3), call.constant(4)] as const;
  return channels.batchNormalization(call.importer, call.value(0), 3, statistics, {
    epsilon: call.attributes.number('epsilon', 1e-3),
    momentum: 0.99,
  });
}

function mean(call: NodeCall): Operand {
  const x = call.value(0);
  const axes = Array.from(call.constant(1).values, (axis) => call.axis(axis, x.dims.length));
  return shapes.mean(call.importer, x, axes, call.attributes.flag('keep_dims'));
}

/** Over a whole picture, which is how a global maximum is written. */
function largest(call: NodeCall): Operand {
  const x = call.value(0);
  const axes = Array.from(call.constant(1).values, (axis) => call.axis(axis, x.dims.length)).sort(
    (a, b) => a - b,
  );
  if (axes.join() !== '1,2') throw call.unsupported(`takes the maximum over axis ${axes.join(', ')}`);
  const [height, width, count] = call.importer.pictureShape(x);
  const result = windows.maxPooling2d(call.importer, x, {
    size: [height, width],
    strides: [1, 1],
    padding: 'valid',
  });
  return call.attributes.flag('keep_dims') ? result : shapes.reshape(call.importer, result, [1, count]);
}

function softmax(call: NodeCall): Operand {
  const x = call.value(0);
  return channels.softmax(call.importer, x, [x.dims.length - 1]);
}

function add(call: NodeCall): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a) && isConstant(b)) return combined(call, a, b, (x, y) => x + y);
  if (isConstant(a)) return channels.affine(call.importer, call.value(1), undefined, a);
  if (isConstant(b)) return channels.affine(call.importer, a, undefined, b);
  return channels.add(call.importer, a, b);
}

function subtract(call: NodeCall): Operand {
  const { importer } = call;
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a) && isConstant(b)) return combined(call, a, b, (x, y) => x - y);
  if (isConstant(a)) return channels.affine(importer, call.value(1), scalar(-1), a);
  if (isConstant(b)) {
    return channels.affine(importer, a, undefined, { ...b, values: b.values.map((value) => -value) });
  }
  return channels.add(importer, a, channels.affine(importer, b, scalar(-1), undefined));
}

function multiply(call: NodeCall): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a) && isConstant(b)) return combined(call, a, b, (x, y) => x * y);
  if (isConstant(a)) return channels.affine(call.importer, call.value(1), a, undefined);
  if (isConstant(b)) return channels.affine(call.importer, a, b, undefined);
  return channels.multiply(call.importer, a, b);
}

function divide(call: NodeCall): Operand {
  const [a, b] = [call.operand(0), call.constant(1)];
  if (isConstant(a)) return combined(call, a, b, (x, y) => x / y);
  const values = Float32Array.from(b.values, (value) => 1 / value);
  return channels.affine(call.importer, a, { dims: b.dims, values, isInteger: false }, undefined);
}

/** Constants of equal dims, or one number and others. */
function combined(
  call: NodeCall,
  a: Constant,
  b: Constant,
  operation: (x: number, y: number) => number,
): Constant {
  const longer = a.values.length >= b.values.length ? a : b;
  const fits = (one: Constant): boolean => one.values.length === 1 || one.dims.join() === longer.dims.join();
  if (!fits(a) || !fits(b)) {
    throw call.unsupported(`joins constants [${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
  }
  call.importer.spend(longer.values.length);
  const at = ({ values }: Constant, index: number): number => values[values.length === 1 ? 0 : index] ?? 0;
  const values = longer.values.map((_, index) => operation(at(a, index), at(b, index)));
  return { dims: longer.dims, values, isInteger: a.isInteger && b.isInteger };
}

function mapped(call: NodeCall, operation: (value: number) => number): Constant {
  const constant = call.constant(0);
  call.importer.spend(constant.values.length);
  return { ...constant, values: constant.values.map(operation) };
}

function bounded(call: NodeCall, toRange: (bound: number) => [min: number, max: number]): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  const constant = isConstant(a) ? a : b;
  if (!isConstant(constant) || constant.values.length !== 1)
    throw call.unsupported('compares with more than one number');
  const [min, max] = toRange(constant.values[0] ?? 0);
  return channels.clip(call.importer, call.value(isConstant(a) ? 1 : 0), min, max);
}

function pad(call: NodeCall): Operand {
  const x = call.value(0);
  const { dims, values } = call.constant(1);
  const fill = call.optionalConstant(2)?.values[0] ?? 0;
  if (fill !== 0) throw call.unsupported(`pads with ${fill}; only with zeros`);
  call.importer.pictureShape(x);
  if (dims.join() !== '4,2') throw call.unsupported(`paddings of [${dims.join(', ')}]`);
  const [batchBefore, batchAfter, top = 0, bottom = 0, left = 0, right = 0, before, after = 0] = values;
  if (batchBefore !== 0 || batchAfter !== 0 || before !== 0)
    throw call.unsupported('pads the batch, or before the channels');
  return windows.zeroPadding2d(call.importer, x, { top, bottom, left, right }, after);
}

function reshaped(call: NodeCall, dims: readonly number[]): Operand {
  const x = call.operand(0);
  if (!isConstant(x)) return shapes.reshape(call.importer, x, dims);
  const given = dims.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  const whole = dims.map((side) => (side === -1 ? x.values.length / given : side));
  if (elementCount(whole) !== x.values.length)
    throw call.invalid(`reshapes [${x.dims.join(', ')}] to [${dims.join(', ')}]`);
  return { ...x, dims: whole };
}

function squeeze(call: NodeCall): Operand {
  const { dims } = call.operand(0);
  const stated = call.attributes.numbers('squeeze_dims') ?? call.attributes.numbers('axis') ?? [];
  const axes = stated.map((axis) => call.axis(axis, dims.length));
  const kept = dims.filter((side, axis) => (axes.length === 0 ? side !== 1 : !axes.includes(axis)));
  // The batch of one stays: nothing downstream is without it.
  return reshaped(call, axes.length === 0 ? [1, ...kept] : kept);
}

function expandDims(call: NodeCall): Operand {
  const { dims } = call.operand(0);
  const [stated = 0] = call.constant(1).values;
  const axis = call.axis(stated, dims.length + 1);
  return reshaped(call, [...dims.slice(0, axis), 1, ...dims.slice(axis)]);
}

function concatenate(call: NodeCall): Operand {
  const [axis = 0] = call.constant(call.inputs.length - 1).values;
  const operands = call.inputs.slice(0, -1);
  if (operands.every((one) => one !== undefined && isConstant(one))) {
    const lists = operands.map((one) => Array.from(one.values));
    return integerConstant([lists.flat().length], lists.flat());
  }
  const values = operands.map((_, index) => call.value(index));
  return shapes.concatenate(call.importer, values, call.axis(axis, values[0]?.dims.length ?? 0));
}

function resize(call: NodeCall, interpolation: string): Operand {
  const x = call.value(0);
  const [height, width] = call.importer.pictureShape(x);
  const [rows = 0, columns = 0] = call.constant(1).values;
  const size: Size2d = [rows, columns];
  const { attributes } = call;
  const centres = attributes.flag('align_corners')
    ? 'align_corners'
    : attributes.flag('half_pixel_centers')
      ? 'half_pixel'
      : 'asymmetric';
  const rounding = centres === 'asymmetric' ? 'floor' : 'round_prefer_ceil';
  const ours = findInterpolation([height, width], size, [rows / height, columns / width], {
    interpolation,
    centres,
    rounding,
  });
  if (ours === undefined) {
    throw call.unsupported(`resamples by ${centres} from ${height}×${width} to ${size.join('×')}`);
  }
  return windows.resize2d(call.importer, x, size, ours);
}

function shapeOf(call: NodeCall): Constant {
  const { dims } = call.operand(0);
  return integerConstant([dims.length], dims);
}

/** Of a list of numbers: one of them, or a run. */
function slice(call: NodeCall): Constant {
  const { dims, values } = call.constant(0);
  if (dims.length !== 1) throw call.unsupported(`takes a part of [${dims.join(', ')}]`);
  const place = (index: number): number => call.constant(index).values[0] ?? 0;
  const [begin, end, stride] = [place(1), place(2), call.optionalConstant(3)?.values[0] ?? 1];
  if (stride !== 1) throw call.unsupported(`a step of ${stride}`);
  const { attributes } = call;
  const at = (index: number): number => (index < 0 ? index + values.length : index);
  const from = attributes.number('begin_mask', 0) === 1 ? 0 : at(begin);
  if (attributes.number('shrink_axis_mask', 0) === 1) return integerConstant([], [values[from] ?? 0]);
  const to = attributes.number('end_mask', 0) === 1 ? values.length : at(end);
  const part = Array.from(values.slice(from, to));
  return integerConstant([part.length], part);
}

function pack(call: NodeCall): Constant {
  const list = call.inputs.map((_, index) => call.constant(index).values[0] ?? 0);
  return integerConstant([list.length], list);
}

const PADDINGS: Readonly<Record<string, Padding>> = { SAME: 'same', VALID: 'valid' };

function paddingOf(call: NodeCall, [top, bottom, left, right]: readonly number[] = []): Padding {
  const name = call.attributes.text('padding', 'VALID');
  if (name === 'EXPLICIT' && right !== undefined) {
    return { top: top ?? 0, bottom: bottom ?? 0, left: left ?? 0, right };
  }
  const padding = PADDINGS[name];
  if (padding === undefined) throw call.unsupported(`padding "${name}"`);
  return padding;
}

function spatial(call: NodeCall, name: string): Size2d {
  const list = call.attributes.numbers(name) ?? [1, 1, 1, 1];
  const [batch, down = 1, across = 1, depth] = list;
  if (list.length !== 4 || batch !== 1 || depth !== 1) throw call.unsupported(`${name} [${list.join(', ')}]`);
  return [down, across];
}

function checkLayout(call: NodeCall): void {
  const layout = call.attributes.text('data_format', 'NHWC');
  if (layout !== 'NHWC') throw call.unsupported(`has its pictures in the layout ${layout}`);
}

function windowOf(call: NodeCall, kernel: Size2d) {
  checkLayout(call);
  const { size, spread } = windows.dilatedWindow(call.importer, kernel, spatial(call, 'dilations'));
  const explicit = call.attributes.numbers('explicit_paddings')?.slice(2, 6);
  return { window: { size, strides: spatial(call, 'strides'), padding: paddingOf(call, explicit) }, spread };
}

function poolWindow(call: NodeCall) {
  checkLayout(call);
  return { size: spatial(call, 'ksize'), strides: spatial(call, 'strides'), padding: paddingOf(call) };
}
