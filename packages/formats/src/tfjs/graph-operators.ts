/**
 * What each TensorFlow operator is in our layers, as far as TensorFlow.js' converter leaves it in a graph.
 *
 * Pictures are channels-last in both, and paddings are the same. Ref: https://www.tensorflow.org/api_docs/python/tf/raw_ops
 */
import * as channels from '../import/channel-layers.js';
import { integerConstant, scalar, type Constant } from '../import/constant.js';
import type { Value } from '../import/value.js';
import { isConstant, type Operand } from '../import/operator-inputs.js';
import * as shapes from '../import/shape-layers.js';
import { add, bounded, divide, mapped, multiply, subtract } from './arithmetic-operators.js';
import type { NodeCall } from './node-call.js';
import { concatenate, expandDims, mean, pack, reshaped, shapeOf, slice, squeeze } from './shape-operators.js';
import {
  averagePooling,
  convolution,
  depthwise,
  largest,
  maxPooling,
  pad,
  product,
  resize,
} from './window-operators.js';

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
  MaxPool: maxPooling,
  AvgPool: averagePooling,
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

function batchNormalization(call: NodeCall): Operand {
  const statistics = [call.constant(1), call.constant(2), call.constant(3), call.constant(4)] as const;
  return channels.batchNormalization(call.importer, call.value(0), 3, statistics, {
    epsilon: call.attributes.number('epsilon', 1e-3),
    momentum: 0.99,
  });
}

function softmax(call: NodeCall): Operand {
  const x = call.value(0);
  return channels.softmax(call.importer, x, [x.dims.length - 1]);
}
