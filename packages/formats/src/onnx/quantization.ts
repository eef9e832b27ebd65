/**
 * Operators upon quantised numbers, in the three forms that ONNX tools write:
 *
 *   QDQ                QuantizeLinear → DequantizeLinear around operators of float32
 *   QLinear…           operators that take integers together with their scales
 *   dynamic            DynamicQuantizeLinear → ConvInteger or MatMulInteger → Cast → Mul by both scales
 *
 * A value here is always the real number, so that a QuantizeLinear only holds it within its range, and a
 * DequantizeLinear of a value does nothing. Of a dynamic quantisation the scale is 1 and the zero point 0: what follows
 * then comes to the product of real numbers by itself.
 *
 * Ref: https://onnx.ai/onnx/operators/ and onnxruntime's ContribOperators.md for those of `com.microsoft`
 */
import * as channels from '../import/channel-layers.js';
import { scalar, type Constant } from '../import/constant.js';
import type { Value } from '../import/value.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import * as shapes from '../import/shape-layers.js';
import {
  dequantized,
  INT16,
  INT8,
  quantized,
  saturated,
  UINT16,
  UINT8,
  type IntegerRange,
  type Quantization,
} from '../import/quantization.js';
import { DATA_TYPES } from './onnx-model.js';
import type { OperatorCall } from './operator-call.js';

type Operator = (call: OperatorCall) => Operand;

const RANGES: Readonly<Record<number, IntegerRange>> = {
  [DATA_TYPES.uint8]: UINT8,
  [DATA_TYPES.int8]: INT8,
  [DATA_TYPES.uint16]: UINT16,
  [DATA_TYPES.int16]: INT16,
};
const ZERO: Constant = { dims: [], values: Float64Array.of(0), isInteger: true };

/** What a DynamicQuantizeLinear puts out beside its first output: a scale and a zero point. */
export const DYNAMIC_SCALE: readonly Constant[] = [scalar(1), ZERO];

export function quantizeLinear(call: OperatorCall): Operand {
  const x = call.operand(0);
  const quantization = quantizationAt(call, 1, call.integer('axis', 1));
  const range = rangeOf(call, call.optionalConstant(2) ?? ZERO, call.integer('output_dtype', 0));
  return isConstant(x)
    ? quantized(call.importer, x, quantization, range)
    : saturated(call.importer, x, quantization, range);
}

export function dequantizeLinear(call: OperatorCall): Operand {
  const x = call.operand(0);
  if (!isConstant(x)) return x;
  if (call.integer('block_size', 0) !== 0) throw call.unsupported('has a scale for each block');
  return dequantized(call.importer, x, quantizationAt(call, 1, call.integer('axis', 1)));
}

export function dynamicQuantizeLinear(call: OperatorCall): Operand {
  return call.value(0);
}

/** @param read the operator of float32 */
export function integerOperator(read: Operator): Operator {
  return (call) => {
    const zero = call.optionalConstant(2) ?? ZERO;
    if (zero.values.some((value) => value !== 0))
      throw call.unsupported('takes values with a zero point of their own');
    const scale = Float32Array.of(1);
    const zeroPoint = call.optionalConstant(3)?.values ?? ZERO.values;
    if (zeroPoint.length > 1) throw call.unsupported('has a zero point for each filter');
    const weights = dequantized(call.importer, call.constant(1), { scale, zeroPoint, axis: 0 });
    return read(call.withInputs([call.value(0), weights]));
  };
}

/**
 * `x, scale, zero, w, scale, zero, y scale, y zero, bias` of a convolution or a product.
 *
 * @param axis of the weights along which scales lie
 * @param read the operator of float32
 */
export function qlinearProduct(axis: number, read: Operator): Operator {
  return (call) => {
    const inScale = call.constant(1).values[0] ?? 1;
    const ofWeights = {
      scale: call.constant(4).values,
      zeroPoint: call.optionalConstant(5)?.values ?? [],
      axis,
    };
    const weights = dequantized(call.importer, call.constant(3), ofWeights);
    const stored = call.optionalConstant(8);
    const scale = Float32Array.from(ofWeights.scale, (value) => value * inScale);
    const bias = stored && dequantized(call.importer, stored, { scale, zeroPoint: [0], axis: 0 });
    const result = read(call.withInputs([call.value(0), weights, bias]));
    return resultWithin(call, result, 6);
  };
}

/** `A, scale, zero, B, scale, zero, bias, y scale, y zero` of onnxruntime. */
export function qgemm(read: Operator): Operator {
  return (call) => {
    const [a, aScale, aZero, b, bScale, bZero, bias, yScale, yZero] = call.inputs;
    const ordered = call.withInputs([a, aScale, aZero, b, bScale, bZero, yScale, yZero, bias]);
    const axis = call.integer('transB', 0) === 0 ? 1 : 0;
    return qlinearProduct(axis, read)(ordered);
  };
}

/** `a, scale, zero, b, scale, zero, y scale, y zero`: sums and products. */
export function qlinearPair(read: Operator): Operator {
  return (call) => {
    const [a, b] = [realAt(call, 0), realAt(call, 3)];
    return resultWithin(call, read(call.withInputs([a, b])), 6);
  };
}

/** `x, scale, zero, y scale, y zero`: operators of one value. */
export function qlinearSingle(read: Operator): Operator {
  return (call) => resultWithin(call, read(call.withInputs([call.operand(0)])), 3);
}

/** `y scale, y zero, x, scale, zero, x, scale, zero, …` */
export function qlinearConcat(call: OperatorCall): Operand {
  const values: Value[] = [];
  for (let at = 2; at < call.inputs.length; at += 3) values.push(call.value(at));
  const axis = call.axis(call.integer('axis', 0), values[0]?.dims.length ?? 0);
  return resultWithin(call, shapes.concatenate(call.importer, values, axis), 0);
}

/** onnxruntime's channels-last flag stays false in files that were not optimised for one machine. */
export function qlinearGlobalAveragePool(call: OperatorCall): Operand {
  if (call.integer('channels_last', 0) !== 0) throw call.unsupported('has its channels last');
  const x = call.value(0);
  const result = shapes.mean(call.importer, x, [...x.dims.keys()].slice(2), true);
  return resultWithin(call, result, 3);
}

export function qlinearLeakyRelu(call: OperatorCall): Operand {
  const result = channels.prelu(call.importer, call.value(0), scalar(call.float('alpha', 0.01)));
  return resultWithin(call, result, 3);
}

/** The numbers of an input that is followed by its scale and zero point. */
function realAt(call: OperatorCall, index: number): Operand {
  const x = call.operand(index);
  return isConstant(x) ? dequantized(call.importer, x, quantizationAt(call, index + 1, 0)) : x;
}

/** The result of an operator whose scale and zero point are at `index`. */
function resultWithin(call: OperatorCall, result: Operand, index: number): Operand {
  if (isConstant(result)) return result;
  const zero = call.optionalConstant(index + 1) ?? ZERO;
  return saturated(call.importer, result, quantizationAt(call, index, 0), rangeOf(call, zero, 0));
}

function quantizationAt(call: OperatorCall, index: number, axis: number): Quantization {
  const scale = call.constant(index);
  const zeroPoint = call.optionalConstant(index + 1)?.values ?? ZERO.values;
  if (scale.dims.length > 1) throw call.unsupported(`has scales of [${scale.dims.join(', ')}]`);
  const [first] = call.inputs;
  const rank = first?.dims.length ?? 1;
  return { scale: scale.values, zeroPoint, axis: axis < 0 ? axis + rank : axis };
}

/** The integers of the zero point's type; unsigned bytes where it is left out. */
function rangeOf(call: OperatorCall, { dataType }: Constant, stated: number): IntegerRange {
  const type = dataType ?? (stated === 0 ? DATA_TYPES.uint8 : stated);
  const range = RANGES[type];
  if (range === undefined) throw call.unsupported(`quantises to data type ${type}`);
  return range;
}
