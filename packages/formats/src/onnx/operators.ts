/**
 * What each ONNX operator is in our layers.
 *
 * `Ref:` https://onnx.ai/onnx/operators/ . Attributes that became inputs in later operator sets are looked for in
 * both places. What an operator can say and our layers cannot is refused by name.
 */
import type { Tensor } from '@mien/core/nn';
import { scalar, toFloats, transposedValues, type Constant } from '../import/constant.js';
import * as channels from '../import/channel-layers.js';
import type { Value } from '../import/value.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import * as shapes from '../import/shape-layers.js';
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
import {
  averagePooling,
  convolution,
  globalMaxPooling,
  maxPooling,
  pad,
  resize,
} from './window-operators.js';

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

function globalAveragePooling(call: OperatorCall): Operand {
  const x = call.value(0);
  return shapes.mean(call.importer, x, [...x.dims.keys()].slice(2), true);
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
  if (!call.importer.isSoftmax(x))
    throw call.unsupported('takes the logarithm of something else than a softmax');
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

/** Casts between floating-point types keep values; other casts would round. */
function cast(call: OperatorCall): Value {
  const to = call.integer('to', 0);
  if (!isFloatType(to)) throw call.unsupported(`turns values into integers (type ${to})`);
  return call.value(0);
}
