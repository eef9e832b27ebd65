/**
 * What each ONNX operator is in our layers.
 *
 * `Ref:` https://onnx.ai/onnx/operators/ . Attributes that became inputs in later operator sets are looked for in
 * both places. What an operator can say and our layers cannot is refused by name.
 */
import type { Padding, Size2d, Tensor } from '@mien/core/nn';
import { scalar, toFloats, transposedValues, type Constant } from '../import/constant.js';
import * as channels from '../import/channel-layers.js';
import type { Value } from '../import/graph-importer.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import { NO_PADDING, toAmounts, toNamed } from '../import/padding.js';
import { findInterpolation, type SampleMapping } from '../import/resampling.js';
import * as shapes from '../import/shape-layers.js';
import * as windows from '../import/window-layers.js';
import type { WindowOptions } from '../import/window-layers.js';
import {
  isFloatType,
  permutationOf,
  resolveShape,
  shapeOf,
  squeezedDims,
  unsqueezedDims,
} from './fold-constants.js';
import { isStandardDomain } from './onnx-model.js';
import type { OperatorCall } from './operator-call.js';
import * as quantization from './quantization.js';

type Operator = (call: OperatorCall) => Operand;

/** Float32's largest: how older files say "no bound". */
const NO_BOUND = 3.4e38;

export const OPERATORS: Readonly<Record<string, Operator>> = {
  Conv: convolution,
  BatchNormalization: batchNormalization,
  MaxPool: maxPooling,
  AveragePool: averagePooling,
  GlobalAveragePool: (call) => globalAveragePooling(call),
  GlobalMaxPool: globalMaxPooling,
  ReduceMean: reduceMean,
  Gemm: gemm,
  MatMul: matrixProduct,

  Relu: (call) => channels.activation(call.importer, call.value(0), 'relu'),
  Sigmoid: (call) => channels.activation(call.importer, call.value(0), 'sigmoid'),
  Tanh: (call) => channels.activation(call.importer, call.value(0), 'tanh'),
  HardSwish: (call) => channels.activation(call.importer, call.value(0), 'hardSwish'),
  HardSigmoid: hardSigmoid,
  Elu: (call) => channels.elu(call.importer, call.value(0), call.float('alpha', 1)),
  Selu: selu,
  Gelu: (call) =>
    call.text('approximate', 'none') === 'tanh'
      ? channels.approximateGelu(call.importer, call.value(0))
      : channels.activation(call.importer, call.value(0), 'gelu'),
  LeakyRelu: (call) => channels.prelu(call.importer, call.value(0), scalar(call.float('alpha', 0.01))),
  PRelu: (call) => channels.prelu(call.importer, call.value(0), call.constant(1)),
  Clip: clip,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  Log: logarithm,
  Dropout: dropout,

  Add: add,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  Neg: (call) => channels.affine(call.importer, call.value(0), scalar(-1), undefined),

  Concat: concatenate,
  Reshape: (call) => shapes.reshape(call.importer, call.value(0), resolveShape(call, call.value(0).dims)),
  Flatten: flatten,
  Squeeze: (call) => shapes.reshape(call.importer, call.value(0), squeezedDims(call, call.value(0).dims)),
  Unsqueeze: (call) => shapes.reshape(call.importer, call.value(0), unsqueezedDims(call, call.value(0).dims)),
  Transpose: (call) =>
    shapes.transpose(call.importer, call.value(0), permutationOf(call, call.value(0).dims.length)),
  Pad: pad,
  Resize: resize,
  Upsample: resize,

  QuantizeLinear: quantization.quantizeLinear,
  DequantizeLinear: quantization.dequantizeLinear,
  DynamicQuantizeLinear: quantization.dynamicQuantizeLinear,
  ConvInteger: quantization.integerOperator(convolution),
  MatMulInteger: quantization.integerOperator(matrixProduct),
  QLinearConv: quantization.qlinearProduct(0, convolution),
  QLinearMatMul: quantization.qlinearProduct(1, matrixProduct),

  Identity: (call) => call.value(0),
  Cast: cast,
  Shape: (call) => shapeOf(call, call.value(0).dims),
};

/** The operators of a domain that are read; `undefined` for an unknown one. */
export function operatorsOf(domain: string): typeof OPERATORS | undefined {
  if (isStandardDomain(domain)) return OPERATORS;
  return domain === 'com.microsoft' ? RUNTIME_OPERATORS : undefined;
}

/** onnxruntime's own operators (`com.microsoft`), which its quantisation writes. */
const RUNTIME_OPERATORS: Readonly<Record<string, Operator>> = {
  QuantizeLinear: quantization.quantizeLinear,
  DequantizeLinear: quantization.dequantizeLinear,
  QLinearAdd: quantization.qlinearPair(add),
  QLinearMul: quantization.qlinearPair(multiply),
  QLinearSigmoid: quantization.qlinearSingle((call) =>
    channels.activation(call.importer, call.value(0), 'sigmoid'),
  ),
  QLinearLeakyRelu: quantization.qlinearLeakyRelu,
  QLinearGlobalAveragePool: quantization.qlinearGlobalAveragePool,
  QLinearConcat: quantization.qlinearConcat,
  QGemm: quantization.qgemm(gemm),
  Gelu: (call) => channels.activation(call.importer, call.value(0), 'gelu'),
};

function convolution(call: OperatorCall): Operand {
  const x = call.value(0);
  const weights = call.constant(1);
  const { dims } = weights;
  const [filters, seen, height, width] = dims;
  if (
    filters === undefined ||
    seen === undefined ||
    height === undefined ||
    width === undefined ||
    dims.length > 4
  ) {
    throw call.unsupported(`a kernel of [${dims.join(', ')}]; only pictures can be convolved`);
  }
  const groups = call.integer('group', 1);
  const bias = call.optionalConstant(2);
  const rates = call.pair('dilations', [1, 1]);
  const { size, spread } = windows.dilatedWindow(call.importer, [height, width], rates);
  const window = windowOf(call, x, size, true);
  const [tall, wide] = size;
  const options = { ...window, bias: bias && { shape: [bias.values.length], data: toFloats(bias) } };
  // [filters, channels, height, width] → [height, width, channels, filters]
  const data = spread(transposedValues(toFloats(weights), dims, [2, 3, 1, 0]), seen * filters);
  if (groups > 1 && groups === filters && seen === 1 && call.importer.pictureShape(x)[2] === groups) {
    return windows.depthwiseConv2d(call.importer, x, {
      ...options,
      kernel: { shape: [tall, wide, groups, 1], data },
    });
  }
  return windows.conv2d(call.importer, x, {
    ...options,
    groups,
    kernel: { shape: [tall, wide, seen, filters], data },
  });
}

function batchNormalization(call: OperatorCall): Operand {
  if (call.integer('spatial', 1) !== 1)
    throw call.unsupported('normalises every position by itself (spatial 0)');
  if (call.integer('training_mode', 0) !== 0)
    throw call.unsupported('is in training mode; export for inference');
  const statistics = [call.constant(1), call.constant(2), call.constant(3), call.constant(4)] as const;
  return channels.batchNormalization(call.importer, call.value(0), 1, statistics, {
    epsilon: call.float('epsilon', 1e-5),
    momentum: call.float('momentum', 0.9),
  });
}

function maxPooling(call: OperatorCall): Operand {
  const x = call.value(0);
  const window = windowOf(call, x, call.pair('kernel_shape', [0, 0]));
  return windows.maxPooling2d(call.importer, x, { ...window, padding: ceilPadding(call, x, window) });
}

function averagePooling(call: OperatorCall): Operand {
  const x = call.value(0);
  const window = windowOf(call, x, call.pair('kernel_shape', [0, 0]));
  const padding = ceilPadding(call, x, window);
  const countIncludesPadding = call.integer('count_include_pad', 0) === 1;
  if (countIncludesPadding && padding !== window.padding) {
    throw call.unsupported('counts its padding and rounds its size up (ceil_mode)');
  }
  return windows.averagePooling2d(call.importer, x, { ...window, padding, countIncludesPadding });
}

function globalAveragePooling(call: OperatorCall): Operand {
  const x = call.value(0);
  return shapes.mean(call.importer, x, [...x.dims.keys()].slice(2), true);
}

function globalMaxPooling(call: OperatorCall): Operand {
  const x = call.value(0);
  const [height, width] = call.importer.pictureShape(x);
  return windows.maxPooling2d(call.importer, x, { size: [height, width], strides: [1, 1], padding: 'valid' });
}

function reduceMean(call: OperatorCall): Operand {
  const x = call.value(0);
  const axes = call.axes(1, x.dims.length) ?? [...x.dims.keys()];
  return shapes.mean(call.importer, x, axes, call.integer('keepdims', 1) === 1);
}

function gemm(call: OperatorCall): Operand {
  if (call.integer('transA', 0) !== 0) throw call.unsupported('transposes its input (transA)');
  const alpha = call.float('alpha', 1);
  const beta = call.float('beta', 1);
  const kernel = matrix(call, call.integer('transB', 0) !== 0);
  const scaled = alpha === 1 ? kernel : { ...kernel, data: kernel.data.map((value) => value * alpha) };
  const offset = call.optionalConstant(2);
  return shapes.dense(
    call.importer,
    call.value(0),
    scaled,
    offset && biasOf(call, offset, kernel.shape[1] ?? 0, beta),
  );
}

function matrixProduct(call: OperatorCall): Operand {
  return shapes.dense(call.importer, call.value(0), matrix(call, false), undefined);
}

/** The second input as `[inputs, units]`. */
function matrix(call: OperatorCall, isTransposed: boolean): Tensor {
  const constant = call.constant(1);
  const [rows = 0, columns = 0] = constant.dims;
  if (constant.dims.length !== 2) throw call.unsupported(`a matrix of [${constant.dims.join(', ')}]`);
  const data = toFloats(constant);
  if (!isTransposed) return { shape: [rows, columns], data };
  return { shape: [columns, rows], data: transposedValues(data, [rows, columns], [1, 0]) };
}

/** A row that is added to `units` results: `[units]`, `[1, units]` or one number for all. */
function biasOf(call: OperatorCall, { dims, values }: Constant, units: number, factor: number): Tensor {
  if ((values.length !== 1 && values.length !== units) || (dims.at(-1) ?? 1) !== values.length) {
    throw call.unsupported(`adds [${dims.join(', ')}] to ${units} results`);
  }
  const data = new Float32Array(units);
  for (let unit = 0; unit < units; unit++)
    data[unit] = factor * (values[values.length === 1 ? 0 : unit] ?? 0);
  return { shape: [units], data };
}

function hardSigmoid(call: OperatorCall): Operand {
  const { importer } = call;
  const alpha = call.float('alpha', 0.2);
  const beta = call.float('beta', 0.5);
  if (Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5)
    return channels.activation(importer, call.value(0), 'hardSigmoid');
  return channels.clip(importer, channels.affine(importer, call.value(0), scalar(alpha), scalar(beta)), 0, 1);
}

function selu(call: OperatorCall): Operand {
  const bent = channels.elu(call.importer, call.value(0), call.float('alpha', 1.67326));
  return channels.affine(call.importer, bent, scalar(call.float('gamma', 1.0507)), undefined);
}

function clip(call: OperatorCall): Operand {
  const bound = (name: string, index: number, otherwise: number) => {
    const value = call.attribute(name)?.float ?? call.optionalConstant(index)?.values[0] ?? otherwise;
    return Math.abs(value) >= NO_BOUND ? otherwise : value;
  };
  return channels.clip(call.importer, call.value(0), bound('min', 1, -Infinity), bound('max', 2, Infinity));
}

function softmax(call: OperatorCall): Operand {
  const x = call.value(0);
  const rank = x.dims.length;
  if (call.opset >= 13)
    return channels.softmax(call.importer, x, [call.axis(call.integer('axis', -1), rank)]);
  // Before operator set 13 the axis was where the tensor is cut into rows and columns.
  const axis = call.axis(call.integer('axis', 1), rank);
  return channels.softmax(call.importer, x, [...x.dims.keys()].slice(axis));
}

/**
 * The logarithm of a softmax is what networks end with that were trained with NLLLoss. Nothing follows it, so it is left
 * out: the network's outputs are the probabilities themselves. Where something does follow, it is refused.
 */
function logSoftmax(call: OperatorCall): Operand {
  requireLast(call);
  return softmax(call);
}

function logarithm(call: OperatorCall): Operand {
  const x = call.value(0);
  if (!call.importer.isSoftmax(x)) throw call.unsupported('takes the logarithm of something else than a softmax');
  requireLast(call);
  return x;
}

function requireLast(call: OperatorCall): void {
  if (!call.isLast) throw call.unsupported('takes a logarithm that other operators need');
}

function dropout(call: OperatorCall): Operand {
  const rate = call.attribute('ratio')?.float ?? call.optionalConstant(1)?.values[0] ?? 0.5;
  return channels.dropout(call.importer, call.value(0), rate);
}

function add(call: OperatorCall): Operand {
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a)) return channels.affine(call.importer, call.value(1), undefined, a);
  if (isConstant(b)) return channels.affine(call.importer, a, undefined, b);
  return channels.add(call.importer, a, b);
}

function subtract(call: OperatorCall): Operand {
  const { importer } = call;
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a)) return channels.affine(importer, call.value(1), scalar(-1), a);
  if (isConstant(b))
    return channels.affine(importer, a, undefined, { ...b, values: b.values.map((value) => -value) });
  return channels.add(importer, a, channels.affine(importer, b, scalar(-1), undefined));
}

function multiply(call: OperatorCall): Operand {
  const { importer } = call;
  const [a, b] = [call.operand(0), call.operand(1)];
  if (isConstant(a)) return channels.affine(importer, call.value(1), a, undefined);
  if (isConstant(b)) return channels.affine(importer, a, b, undefined);
  if (importer.isHardSigmoidOf(b, a)) return channels.activation(importer, a, 'hardSwish');
  if (importer.isHardSigmoidOf(a, b)) return channels.activation(importer, b, 'hardSwish');
  return channels.multiply(importer, a, b);
}

function divide(call: OperatorCall): Operand {
  const by = call.constant(1);
  const values = Float32Array.from(by.values, (value) => 1 / value);
  return channels.affine(
    call.importer,
    call.value(0),
    { dims: by.dims, values, isInteger: false },
    undefined,
  );
}

function concatenate(call: OperatorCall): Operand {
  const values = call.inputs.map((_, index) => call.value(index));
  return shapes.concatenate(
    call.importer,
    values,
    call.axis(call.integer('axis', 0), values[0]?.dims.length ?? 0),
  );
}

function flatten(call: OperatorCall): Operand {
  const x = call.value(0);
  const axis = call.integer('axis', 1);
  const at = axis === x.dims.length ? axis : call.axis(axis, x.dims.length);
  const product = (dims: readonly number[]) => dims.reduce((all, side) => all * side, 1);
  return shapes.reshape(call.importer, x, [product(x.dims.slice(0, at)), product(x.dims.slice(at))]);
}

function pad(call: OperatorCall): Operand {
  const x = call.value(0);
  const mode = call.text('mode', 'constant');
  if (mode !== 'constant') throw call.unsupported(`pads by mode "${mode}"`);
  const fill = call.attribute('value')?.float ?? call.optionalConstant(2)?.values[0] ?? 0;
  if (fill !== 0) throw call.unsupported(`pads with ${fill}; only with zeros`);
  const amounts = call.integers('pads') ?? call.constant(1).values;
  const rank = x.dims.length;
  const axes = call.optionalConstant(3)?.values ?? [...x.dims.keys()];
  const before = new Array<number>(rank).fill(0);
  const after = new Array<number>(rank).fill(0);
  if (amounts.length !== 2 * axes.length)
    throw call.invalid(`${amounts.length} amounts for ${axes.length} axes`);
  for (let index = 0; index < axes.length; index++) {
    const axis = call.axis(axes[index] ?? rank, rank);
    before[axis] = amounts[index] ?? 0;
    after[axis] = amounts[index + axes.length] ?? 0;
  }
  if ([...before, ...after].every((amount) => amount === 0)) return x;
  call.importer.pictureShape(x);
  if (before[0] !== 0 || after[0] !== 0 || before[1] !== 0) {
    throw call.unsupported('pads the batch, or before the channels');
  }
  const padding = { top: before[2] ?? 0, left: before[3] ?? 0, bottom: after[2] ?? 0, right: after[3] ?? 0 };
  return windows.zeroPadding2d(call.importer, x, padding, after[1] ?? 0);
}

function resize(call: OperatorCall): Operand {
  const x = call.value(0);
  const [height, width] = call.importer.pictureShape(x);
  const isUpsample = call.node.op === 'Upsample' || call.opset < 11;
  if (call.integer('antialias', 0) !== 0) throw call.unsupported('smooths before it shrinks (antialias)');
  const axes = call.axes(-1, 4);
  if (axes !== undefined && axes.join() !== '2,3') throw call.unsupported(`resizes axis ${axes.join(', ')}`);
  const [scales, sizes] = isUpsample
    ? [call.attribute('scales')?.floats ?? call.constant(1).values, undefined]
    : [call.optionalConstant(2)?.values, call.optionalConstant(3)?.values];
  const skipped = axes === undefined ? 2 : 0;
  const wanted = sizes !== undefined && sizes.length > 0 ? sizes : undefined;
  const list = wanted ?? scales ?? [];
  const [unchanged, others] = [list.slice(0, skipped), list.slice(skipped)];
  const [vertical, horizontal] = others;
  const isPicture = wanted
    ? unchanged.every((side, axis) => side === x.dims[axis])
    : unchanged.every((s) => s === 1);
  if (vertical === undefined || horizontal === undefined || others.length > 2 || !isPicture) {
    throw call.unsupported(`resizes [${x.dims.join(', ')}] by [${list.join(', ')}]`);
  }
  const size: Size2d = wanted
    ? [vertical, horizontal]
    : [Math.floor(height * vertical), Math.floor(width * horizontal)];
  const scale: Size2d = wanted ? [size[0] / height, size[1] / width] : [vertical, horizontal];
  const mapping: SampleMapping = {
    interpolation: call.text('mode', 'nearest'),
    centres: isUpsample ? 'asymmetric' : call.text('coordinate_transformation_mode', 'half_pixel'),
    rounding: isUpsample ? 'floor' : call.text('nearest_mode', 'round_prefer_floor'),
  };
  const interpolation = findInterpolation([height, width], size, scale, mapping);
  if (interpolation === undefined) {
    throw call.unsupported(
      `resamples by mode ${mapping.interpolation}, ${mapping.centres}, ${mapping.rounding} ` +
        `from ${height}×${width} to ${size.join('×')}`,
    );
  }
  return windows.resize2d(call.importer, x, size, interpolation);
}

/** Casts between floating-point types keep values; other casts would round. */
function cast(call: OperatorCall): Value {
  const to = call.integer('to', 0);
  if (!isFloatType(to)) throw call.unsupported(`turns values into integers (type ${to})`);
  return call.value(0);
}

/** @param isDilated whether `size` is that of the window with the pixels between its taps */
function windowOf(call: OperatorCall, x: Value, size: Size2d, isDilated = false): WindowOptions {
  const [height, width] = call.importer.pictureShape(x);
  const dilations = call.pair('dilations', [1, 1]);
  if (!isDilated && dilations.some((step, axis) => step !== 1 && size[axis] !== 1)) {
    throw call.unsupported(`dilations of ${dilations.join('×')}`);
  }
  const strides = call.pair('strides', [1, 1]);
  for (const side of [...size, ...strides]) {
    if (side < 1) throw call.invalid(`a window of ${size.join('×')} at strides of ${strides.join('×')}`);
  }
  return { size, strides, padding: paddingOf(call, [height, width], size, strides) };
}

function paddingOf(call: OperatorCall, input: Size2d, size: Size2d, strides: Size2d): Padding {
  const auto = call.text('auto_pad', 'NOTSET');
  switch (auto) {
    case 'SAME_UPPER':
      return 'same';
    case 'VALID':
      return 'valid';
    case 'SAME_LOWER': {
      const { top, left, bottom, right } = toAmounts('same', input, size, strides);
      return toNamed({ top: bottom, left: right, bottom: top, right: left }, input, size, strides);
    }
    case 'NOTSET':
    case '': {
      const pads = call.integers('pads') ?? [0, 0, 0, 0];
      const [top, left, bottom, right, ...rest] = pads;
      if (right === undefined || rest.length > 0) throw call.invalid(`pads [${pads.join(', ')}]`);
      return toNamed({ top: top ?? 0, left: left ?? 0, bottom: bottom ?? 0, right }, input, size, strides);
    }
    default:
      throw call.unsupported(`auto_pad "${auto}"`);
  }
}

/**
 * With `ceil_mode` a last window that hangs over the edge counts: as much padding at the end as it needs. As in
 * PyTorch, it must start within the picture or the padding before it.
 */
function ceilPadding(call: OperatorCall, x: Value, window: WindowOptions): Padding {
  if (call.integer('ceil_mode', 0) === 0) return window.padding;
  if (window.padding === 'same') return 'same';
  const [height, width] = call.importer.pictureShape(x);
  const given = window.padding === 'valid' ? NO_PADDING : window.padding;
  const after = (input: number, axis: 0 | 1, before: number, stated: number) => {
    const [size, stride] = [window.size[axis], window.strides[axis]];
    let count = Math.ceil((input + before + stated - size) / stride) + 1;
    if ((count - 1) * stride >= input + before) count--;
    return Math.max((count - 1) * stride + size - input - before, stated);
  };
  const bottom = after(height, 0, given.top, given.bottom);
  const right = after(width, 1, given.left, given.right);
  if (bottom === given.bottom && right === given.right) return window.padding;
  return { ...given, bottom, right };
}
