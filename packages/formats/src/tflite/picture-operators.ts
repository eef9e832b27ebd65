/**
 * How layers upon whole pictures are said in TFLite: poolings, paddings, resampling, and the windows of convolutions.
 *
 * TFLite has paddings by name only. Any other is an operator of its own before the window: zeros for convolutions and
 * means, the lowest number for maxima.
 */
import type {
  AveragePooling2dLayer,
  ExplicitPadding,
  MaxPooling2dLayer,
  Padding,
  PADDINGS,
  Resize2dLayer,
  Size2d,
  ZeroPadding2dLayer,
} from '@mien/core/nn';
import { namePadding } from '../export/name-padding.js';
import { isNeverNegative, isWithin } from '../import/fold-zero-padding.js';
import { areSame, NO_PADDING } from '../import/padding.js';
import { isHalfPixel } from '../import/resampling.js';
import type { Fields } from './flatbuffer-writer.js';
import type { LayerCall } from './layer-call.js';
import { FUSED } from '../export/plan-folding.js';
import { LOWEST_FLOAT32 } from './tflite-model.js';
import type { OperatorName, Output } from './tflite-writer.js';

/** The version in which pictures are resampled at half-pixel centres. */
const RESIZE_AT_HALF_PIXELS = 3;
/** Padding of the schema. */
const NAMED_PADDINGS = { same: 0, valid: 1 } as const satisfies Record<(typeof PADDINGS)[number], number>;

interface WindowAttributes {
  readonly strides: number;
  readonly padding: Padding;
}

/** A window upon a picture, around which the padding has been put that TFLite has no name for. */
export interface PlacedWindow {
  readonly x: number;
  /** The first fields of all operators with windows. */
  readonly options: Fields;
  /** What has been put around the picture. */
  readonly around: ExplicitPadding;
}

interface PaddingUse {
  /** The padding value, if it is not zero. */
  readonly fill?: number | undefined;
  /** Whether the operator must not tell the padding from the picture. */
  readonly counts?: boolean;
}

export function placeWindow(
  call: LayerCall,
  window: WindowAttributes,
  size: Size2d,
  { fill, counts = false }: PaddingUse = {},
): PlacedWindow {
  const [height = 1, width = 1, channels = 1] = call.input.shape;
  const { strides } = window;
  const padded = namePadding(call.input.shape, window, size, counts);
  if (padded.name !== undefined) return windowAt(call.x, padded.name, strides);
  const { amounts } = padded;
  const { top, bottom, left, right } = amounts;
  const shape = [height + top + bottom, width + left + right, channels];
  call.rewritten(`${fill === undefined ? 'PAD' : 'PADV2'} and a window without padding`);
  const x = pad(call, { ...amounts, fill }, call.between('padded', shape));
  return { ...windowAt(x, 'valid', strides), around: amounts };
}

/** A window whose padding has a name. */
export function windowAt(x: number, padding: keyof typeof NAMED_PADDINGS, strides: number): PlacedWindow {
  const options = [{ int8: NAMED_PADDINGS[padding] }, { int32: strides }, { int32: strides }];
  return { x, options, around: NO_PADDING };
}

export function zeroPadding2d({ padding, channelsAfter }: ZeroPadding2dLayer, call: LayerCall): number {
  return pad(call, { ...padding, channelsAfter }, call.output);
}

export function maxPooling2d(layer: MaxPooling2dLayer, call: LayerCall): number {
  // Where no value is below zero, zeros will do, which more runtimes are fast at.
  const fill = isNeverNegative(call.input.layer) ? undefined : LOWEST_FLOAT32;
  const window = placeWindow(call, layer, layer.poolSize, { fill });
  checkReach(call, window, layer.poolSize);
  return pooling('MAX_POOL_2D', call, layer.poolSize, window);
}

export function averagePooling2d(layer: AveragePooling2dLayer, call: LayerCall): number {
  const { poolSize, countIncludesPadding: counts, strides } = layer;
  const window = placeWindow(call, layer, poolSize, { counts });
  if (counts || areSame(window.around, NO_PADDING)) {
    return pooling('AVERAGE_POOL_2D', call, poolSize, window);
  }
  checkReach(call, window, poolSize);
  const [rows = 1, columns = 1] = call.output.shape;
  const [height = 1, width = 1] = call.input.shape;
  const down = shareOfPicture(rows, poolSize[0], strides, { size: height, before: window.around.top });
  const across = shareOfPicture(columns, poolSize[1], strides, { size: width, before: window.around.left });
  const factors = Float32Array.from({ length: rows * columns }, (_, index) => {
    return 1 / ((down[Math.floor(index / columns)] ?? 1) * (across[index % columns] ?? 1));
  });
  call.rewritten('PAD, a mean that counts the zeros, and a MUL that makes up for them');
  const means = pooling('AVERAGE_POOL_2D', call, poolSize, window, {
    output: call.between('counted', call.output.shape),
    activation: FUSED.none,
  });
  const constant = call.writer.floats(call.named('factors'), [1, rows, columns, 1], factors);
  return call.writer.operator('MUL', [means, constant], call.output, [{ int8: call.activation }]);
}

export function resize2d({ size, interpolation }: Resize2dLayer, call: LayerCall): number {
  const [height = 1, width = 1] = call.input.shape;
  const refuse = () => {
    const sizes = `${height}×${width} to ${size.join('×')}`;
    return call.unsupported(`TFLite has no sure way to resample from ${sizes}`);
  };
  if (!isHalfPixel([height, width], size, interpolation)) throw refuse();
  const inputs = [call.x, call.writer.integers(size)];
  const atHalfPixels: Fields = [{ int8: 0 }, { int8: 1 }];
  if (interpolation === 'bilinear') {
    const options = [undefined, undefined, ...atHalfPixels];
    return call.writer.operator('RESIZE_BILINEAR', inputs, call.output, options, RESIZE_AT_HALF_PIXELS);
  }
  if (!isNearestInFloat32(height, size[0]) || !isNearestInFloat32(width, size[1])) throw refuse();
  return call.writer.operator(
    'RESIZE_NEAREST_NEIGHBOR',
    inputs,
    call.output,
    atHalfPixels,
    RESIZE_AT_HALF_PIXELS,
  );
}

function pooling(
  kind: OperatorName,
  { writer, output: last, activation: end }: LayerCall,
  [height, width]: Size2d,
  { x, options }: PlacedWindow,
  { output, activation } = { output: last, activation: end },
): number {
  const fields = [...options, { int32: width }, { int32: height }, { int8: activation }];
  return writer.operator(kind, [x], output, fields);
}

function pad(
  { x, writer }: LayerCall,
  padding: ExplicitPadding & { readonly channelsAfter?: number; readonly fill?: number | undefined },
  output: Output,
): number {
  const { top, bottom, left, right, channelsAfter = 0, fill } = padding;
  const amounts = writer.integers([0, 0, top, bottom, left, right, 0, channelsAfter], [4, 2]);
  if (fill === undefined) return writer.operator('PAD', [x, amounts], output);
  return writer.operator('PADV2', [x, amounts, writer.scalar(fill)], output);
}

/** @throws MienError `UNSUPPORTED` where a window would see padding alone, of which there is no maximum and no mean */
function checkReach(call: LayerCall, { around }: PlacedWindow, size: Size2d): void {
  if (!isWithin(around, size)) throw call.unsupported('has windows that lie in its padding alone');
}

/** How much of each window along an axis lies upon the picture, 0…1. */
function shareOfPicture(
  count: number,
  window: number,
  strides: number,
  picture: { readonly size: number; readonly before: number },
): number[] {
  return Array.from({ length: count }, (_, index) => {
    const start = index * strides - picture.before;
    return (Math.min(start + window, picture.size) - Math.max(start, 0)) / window;
  });
}

/**
 * Whether TFLite's arithmetic, which is in float32, takes the pixels that ours takes in whole numbers. Where a centre
 * falls between two pixels it depends on how a factor rounds.
 *
 * Ref: tensorflow/lite/kernels/internal/reference/resize_nearest_neighbor.h
 */
function isNearestInFloat32(input: number, output: number): boolean {
  const scale = Math.fround(input / output);
  return Array.from({ length: output }, (_, index) => index).every((index) => {
    const theirs = Math.floor(Math.fround((index + 0.5) * scale));
    const ours = Math.floor(((2 * index + 1) * input) / (2 * output));
    return Math.min(theirs, input - 1) === ours;
  });
}
