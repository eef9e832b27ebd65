/** Operators with windows or weights: convolutions, products, pooling, padding, resampling. */
import type { ExplicitPadding, Padding, Size2d, Tensor } from '@mien/core/nn';
import { toFloats, transposedValues } from '../import/constant.js';
import type { Operand } from '../import/operator-inputs.js';
import { findInterpolation } from '../import/resampling.js';
import { areSame, NO_PADDING, sumOf, toAmounts, toNamed } from '../import/padding.js';
import * as shapes from '../import/shape-layers.js';
import * as windows from '../import/window-layers.js';
import type { WindowOptions } from '../import/window-layers.js';
import { activated } from './fused-activation.js';
import type { FramedPicture, OperatorCall } from './operator-call.js';
import { LOWEST_FLOAT32 } from './tflite-model.js';

const PADDINGS: Readonly<Record<number, Padding>> = { 0: 'same', 1: 'valid' };

export function convolution(call: OperatorCall): Operand {
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

export function depthwiseConvolution(call: OperatorCall): Operand {
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

export function maxPooling(call: OperatorCall): Operand {
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

export function averagePooling(call: OperatorCall): Operand {
  const window = { ...poolWindow(call), countIncludesPadding: false };
  return activated(call, 5, windows.averagePooling2d(call.importer, call.value(0), window));
}

export function fullyConnected(call: OperatorCall): Operand {
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

export function pad(call: OperatorCall): Operand {
  const x = call.value(0);
  const { amounts, channelsAfter } = padAmounts(call);
  if (areSame(amounts, NO_PADDING) && channelsAfter === 0) return x;
  return windows.zeroPadding2d(call.importer, x, amounts, channelsAfter);
}

export function padWith(call: OperatorCall): Operand | FramedPicture {
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

export function resize(
  call: OperatorCall,
  interpolation: string,
  alignField: number,
  halfField: number,
): Operand {
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
