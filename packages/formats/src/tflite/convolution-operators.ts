/**
 * How layers with a kernel are said in TFLite: convolutions of all kinds, and matrix products.
 *
 * A normalisation that the layer takes over goes into its kernel and bias. A bias is always stated, of zeros where the
 * layer has none, as TensorFlow's converter does it and some runtimes ask for.
 */
import {
  foldIntoKernel,
  type Conv2dLayer,
  type DenseLayer,
  type DepthwiseConv2dLayer,
  type SeparableConv2dLayer,
  type Shape,
  type Tensor,
} from '@mien/core/nn';
import { transposedValues } from '../import/constant.js';
import type { LayerCall } from './layer-call.js';
import { placeWindow, windowAt, type PlacedWindow } from './picture-operators.js';
import { FUSED, type FusedActivation } from '../export/plan-folding.js';
import type { Output } from './tflite-writer.js';

/** The version in which convolutions have groups. */
const CONV_OF_GROUPS = 6;

interface WeightValues {
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

interface Convolution extends WeightValues {
  /** Of the kernel, as our layers have it. */
  readonly shape: Shape;
  /** The prefix of the names of its weights. */
  readonly part: '' | 'depthwise_' | 'pointwise_';
  readonly window: PlacedWindow;
  readonly activation: FusedActivation;
  readonly output: Output;
}

export function conv2d(layer: Conv2dLayer, call: LayerCall): number {
  const { groups, useBias, kernelSize } = layer;
  const kernel = call.weight('kernel');
  const convolution: Convolution = {
    ...foldedWeights(call, kernel, useBias),
    shape: kernel.shape,
    part: '',
    window: placeWindow(call, layer, kernelSize),
    activation: call.activation,
    output: call.output,
  };
  if (groups === 1) return full(call, convolution);
  // Filters that see one channel each are an operator of their own, which runtimes are faster at.
  return kernel.shape[2] === 1 ? depthwise(call, convolution) : full(call, convolution, CONV_OF_GROUPS);
}

export function depthwiseConv2d(layer: DepthwiseConv2dLayer, call: LayerCall): number {
  const kernel = call.weight('depthwise_kernel');
  return depthwise(call, {
    ...foldedWeights(call, kernel, layer.useBias),
    shape: kernel.shape,
    part: 'depthwise_',
    window: placeWindow(call, layer, layer.kernelSize),
    activation: call.activation,
    output: call.output,
  });
}

export function separableConv2d(layer: SeparableConv2dLayer, call: LayerCall): number {
  const spread = call.weight('depthwise_kernel');
  const mix = call.weight('pointwise_kernel');
  const [height = 1, width = 1] = call.output.shape;
  const channels = spread.shape[2] ?? 1;
  const x = depthwise(call, {
    kernel: spread.data,
    bias: new Float32Array(channels),
    shape: spread.shape,
    part: 'depthwise_',
    window: placeWindow(call, layer, layer.kernelSize),
    activation: FUSED.none,
    output: call.between('depthwise', [height, width, channels]),
  });
  call.rewritten('a DEPTHWISE_CONV_2D and a CONV_2D of 1×1');
  return full(call, {
    ...foldedWeights(call, mix, layer.useBias),
    shape: mix.shape,
    part: 'pointwise_',
    window: windowAt(x, 'valid', 1),
    activation: call.activation,
    output: call.output,
  });
}

export function dense({ units, useBias }: DenseLayer, call: LayerCall): number {
  const { writer, x, output, activation } = call;
  const weight = call.weight('kernel');
  const { kernel, bias } = foldedWeights(call, weight, useBias);
  const [inputs = 1] = weight.shape;
  const matrix = transposedValues(kernel, [inputs, units], [1, 0]);
  const weights = [
    writer.kernel(call.named('kernel'), [units, inputs], matrix),
    writer.floats(call.named('bias'), [units], bias),
  ];
  return writer.operator('FULLY_CONNECTED', [x, ...weights], output, [{ int8: activation }]);
}

/** Filters that see several channels: all of them, or those of a group. */
function full(call: LayerCall, convolution: Convolution, version = 1): number {
  const { kernel, bias, shape, part, window, activation, output } = convolution;
  const [height = 1, width = 1, seen = 1, filters = 1] = shape;
  const ordered = transposedValues(kernel, shape, [3, 0, 1, 2]);
  const weights = [
    call.writer.kernel(call.named(`${part}kernel`), [filters, height, width, seen], ordered),
    call.writer.floats(call.named(`${part}bias`), [filters], bias),
  ];
  const options = [...window.options, { int8: activation }];
  return call.writer.operator('CONV_2D', [window.x, ...weights], output, options, version);
}

/** Filters that see one channel each. */
function depthwise(call: LayerCall, convolution: Convolution): number {
  const { kernel, bias, shape, part, window, activation, output } = convolution;
  const [height = 1, width = 1] = shape;
  const filters = bias.length;
  const [, , channels = 1] = call.input.shape;
  // [height, width, channels, 1] and [height, width, 1, filters] are in memory what is asked for.
  const weights = [
    call.writer.kernel(call.named(`${part}kernel`), [1, height, width, filters], kernel),
    call.writer.floats(call.named(`${part}bias`), [filters], bias),
  ];
  const options = [...window.options, { int32: filters / channels }, { int8: activation }];
  return call.writer.operator('DEPTHWISE_CONV_2D', [window.x, ...weights], output, options);
}

/** Kernel and bias with the normalisation that follows in them. */
function foldedWeights(call: LayerCall, kernel: Tensor, useBias: boolean): WeightValues {
  const bias = useBias ? call.weight('bias') : undefined;
  const affine = call.foldedAffine();
  if (affine !== undefined) return foldIntoKernel(kernel, bias, affine);
  return { kernel: kernel.data, bias: bias?.data ?? new Float32Array(call.output.shape.at(-1) ?? 1) };
}
