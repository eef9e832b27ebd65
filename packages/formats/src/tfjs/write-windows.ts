/**
 * How layers with a kernel or a window are said in TensorFlow: convolutions, matrix products, poolings, paddings, resampling.
 *
 * A normalisation that a layer takes over goes into its kernel and bias. Paddings go by name; any other is a Pad of its own
 * before the window.
 */
import {
  foldIntoKernel,
  type AveragePooling2dLayer,
  type Conv2dLayer,
  type DenseLayer,
  type DepthwiseConv2dLayer,
  type ExplicitPadding,
  type MaxPooling2dLayer,
  type Padding,
  type Resize2dLayer,
  type SeparableConv2dLayer,
  type Shape,
  type Size2d,
  type Tensor,
} from '@mien/core/nn';
import { namePadding } from '../export/name-padding.js';
import { isNeverNegative } from '../import/fold-zero-padding.js';
import { isHalfPixel } from '../import/resampling.js';
import { attribute } from './graph-writer.js';
import type { GraphStep } from './graph-step.js';

interface PlacedWindow {
  readonly x: string;
  readonly attributes: Readonly<Record<string, object>>;
}

interface Product {
  readonly op: '_FusedConv2D' | 'FusedDepthwiseConv2dNative' | '_FusedMatMul';
  readonly x: string;
  readonly kernel: string;
  readonly bias: string;
  readonly attributes: Readonly<Record<string, object>>;
}

export function conv2d(layer: Conv2dLayer, step: GraphStep): string {
  const kernel = step.weight('kernel'); // [height, width, channels / groups, filters]
  const [height = 1, width = 1, seen = 1, filters = 1] = kernel.shape;
  const isDepthwise = layer.groups > 1 && seen === 1;
  if (layer.groups > 1 && !isDepthwise)
    throw step.unsupported('TensorFlow.js has no grouped convolutions; choose another format');
  // [height, width, 1, filters] and [height, width, channels, filters / channels] are the same in memory.
  const shape = isDepthwise ? [height, width, layer.groups, filters / layer.groups] : kernel.shape;
  return product(step, {
    op: isDepthwise ? 'FusedDepthwiseConv2dNative' : '_FusedConv2D',
    ...placeWindow(step, layer, layer.kernelSize),
    ...foldedWeights(step, 'kernel', kernel, layer.useBias, shape),
  });
}

export function depthwiseConv2d(layer: DepthwiseConv2dLayer, step: GraphStep): string {
  const kernel = step.weight('depthwise_kernel');
  return product(step, {
    op: 'FusedDepthwiseConv2dNative',
    ...placeWindow(step, layer, layer.kernelSize),
    ...foldedWeights(step, 'depthwise_kernel', kernel, layer.useBias),
  });
}

export function separableConv2d(layer: SeparableConv2dLayer, step: GraphStep): string {
  step.rewritten('a DepthwiseConv2dNative and a convolution of 1×1');
  const { writer } = step;
  const spread = step.weight('depthwise_kernel');
  const { x, attributes } = placeWindow(step, layer, layer.kernelSize);
  const kernel = writer.floats(step.named('depthwise_kernel'), spread.shape, spread.data);
  const seen = writer.node('DepthwiseConv2dNative', step.named('depthwise'), [x, kernel], attributes);
  return product(step, {
    op: '_FusedConv2D',
    x: seen,
    attributes: windowAttributes('valid', 1),
    ...foldedWeights(step, 'pointwise_kernel', step.weight('pointwise_kernel'), layer.useBias),
  });
}

export function dense({ useBias }: DenseLayer, step: GraphStep): string {
  return product(step, {
    op: '_FusedMatMul',
    x: step.x,
    attributes: { transpose_a: attribute.flag(false), transpose_b: attribute.flag(false) },
    ...foldedWeights(step, 'kernel', step.weight('kernel'), useBias),
  });
}

export function maxPooling2d(layer: MaxPooling2dLayer, step: GraphStep): string {
  const window = placeWindow(step, layer, layer.poolSize);
  if (window.x !== step.x && !isNeverNegative(step.input.layer))
    throw step.unsupported('TensorFlow.js has no maxima with a padding in numbers; choose another format');
  return pooling('MaxPool', window, layer.poolSize, step);
}

export function averagePooling2d(layer: AveragePooling2dLayer, step: GraphStep): string {
  const { countIncludesPadding: counts, poolSize } = layer;
  const window = placeWindow(step, layer, poolSize, counts);
  if (window.x !== step.x && !counts)
    throw step.unsupported('TensorFlow.js has no means with a padding in numbers that is not counted; choose another format'); // prettier-ignore
  return pooling('AvgPool', window, poolSize, step);
}

export function resize2d({ size, interpolation }: Resize2dLayer, step: GraphStep): string {
  const { writer, input } = step;
  const [height = 1, width = 1] = input.shape;
  if (!isHalfPixel([height, width], size, interpolation))
    throw step.unsupported(`TensorFlow.js has no sure way to resample from ${height}×${width} to ${size.join('×')}`); // prettier-ignore
  const op = interpolation === 'nearest' ? 'ResizeNearestNeighbor' : 'ResizeBilinear';
  const attributes = { align_corners: attribute.flag(false), half_pixel_centers: attribute.flag(true) };
  return writer.node(op, step.name, [step.x, writer.integers(step.named('size'), size)], attributes);
}

/** @returns the node of the padded picture */
export function pad(
  name: string,
  x: string,
  { top, bottom, left, right, channelsAfter = 0 }: ExplicitPadding & { readonly channelsAfter?: number },
  { writer }: GraphStep,
): string {
  const amounts = [0, 0, top, bottom, left, right, 0, channelsAfter];
  const attributes = { Tpaddings: attribute.int32 };
  return writer.node('Pad', name, [x, writer.integers(`${name}/amounts`, amounts, [4, 2])], attributes);
}

/** @param counts whether the operator must not tell the padding from the picture */
function placeWindow(
  step: GraphStep,
  window: { readonly padding: Padding; readonly strides: number },
  size: Size2d,
  counts = false,
): PlacedWindow {
  const padded = namePadding(step.input.shape, window, size, counts);
  if (padded.name !== undefined)
    return { x: step.x, attributes: windowAttributes(padded.name, window.strides) };
  step.rewritten('Pad and a window without padding');
  const x = pad(step.named('padded'), step.x, padded.amounts, step);
  return { x, attributes: windowAttributes('valid', window.strides) };
}

function windowAttributes(padding: 'same' | 'valid', strides: number): Readonly<Record<string, object>> {
  return {
    strides: attribute.integers([1, strides, strides, 1]),
    padding: attribute.text(padding.toUpperCase()),
    data_format: attribute.text('NHWC'),
    dilations: attribute.integers([1, 1, 1, 1]),
  };
}

function pooling(
  op: 'MaxPool' | 'AvgPool',
  { x, attributes }: PlacedWindow,
  [height, width]: Size2d,
  step: GraphStep,
): string {
  const ksize = attribute.integers([1, height, width, 1]);
  return step.end((name) => step.writer.node(op, name, [x], { ...attributes, ksize }));
}

function product(step: GraphStep, { op, x, kernel, bias, attributes }: Product): string {
  const { fusedActivation } = step;
  const fused = {
    fused_ops: attribute.texts(['BiasAdd', ...(fusedActivation === undefined ? [] : [fusedActivation])]),
    num_args: attribute.integer(1),
    epsilon: { f: 0 },
  };
  const write = (name: string): string =>
    step.writer.node(op, name, [x, kernel, bias], { ...attributes, ...fused });
  return step.end(write, true);
}

/** Kernel and bias with the normalisation that follows in them, as constants. */
function foldedWeights(
  step: GraphStep,
  name: string,
  kernel: Tensor,
  useBias: boolean,
  shape: Shape = kernel.shape,
): Pick<Product, 'kernel' | 'bias'> {
  const bias = useBias ? step.weight('bias') : undefined;
  const affine = step.foldedAffine();
  const folded =
    affine === undefined
      ? { kernel: kernel.data, bias: bias?.data ?? new Float32Array(step.channels) }
      : foldIntoKernel(kernel, bias, affine);
  return {
    kernel: step.writer.floats(step.named(name), shape, folded.kernel),
    bias: step.writer.floats(step.named('bias'), [step.channels], folded.bias),
  };
}
