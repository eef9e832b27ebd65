/** Operators with windows or weights: convolutions, products, pooling, padding, resampling. */
import type { Padding, Size2d, Tensor } from '@mien/core/nn';
import { toFloats, type Constant } from '../import/constant.js';
import type { Value } from '../import/value.js';
import type { Operand } from '../import/operator-inputs.js';
import { findInterpolation } from '../import/resampling.js';
import * as shapes from '../import/shape-layers.js';
import * as windows from '../import/window-layers.js';
import type { NodeCall } from './node-call.js';

export function convolution(call: NodeCall, bias?: Constant): Value {
  const x = call.value(0);
  const { shape, data } = toTensor(call.constant(1)); // [height, width, channels / groups, filters]
  const [height = 0, width = 0, seen = 0, filters = 0] = shape;
  if (shape.length !== 4 || seen === 0) throw call.invalid(`a kernel of [${shape.join(', ')}]`);
  const { window, spread } = windowOf(call, [height, width]);
  return windows.conv2d(call.importer, x, {
    ...window,
    groups: call.importer.pictureShape(x)[2] / seen,
    kernel: { shape: [...window.size, seen, filters], data: spread(data, seen * filters) },
    bias: toBias(bias),
  });
}

export function depthwise(call: NodeCall, bias?: Constant): Value {
  const x = call.value(0);
  const { shape, data } = toTensor(call.constant(1)); // [height, width, channels, multiplier]
  const [height = 0, width = 0, count = 0, multiplier = 0] = shape;
  if (shape.length !== 4) throw call.invalid(`a kernel of [${shape.join(', ')}]`);
  const { window, spread } = windowOf(call, [height, width]);
  const spreadData = spread(data, count * multiplier);
  const options = { ...window, bias: toBias(bias) };
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

export function product(call: NodeCall, bias?: Constant): Value {
  const { attributes } = call;
  if (attributes.flag('transpose_a')) throw call.unsupported('transposes its input (transpose_a)');
  if (attributes.flag('transpose_b')) throw call.unsupported('transposes its matrix (transpose_b)');
  const kernel = toTensor(call.constant(1));
  if (kernel.shape.length !== 2) throw call.unsupported(`a matrix of [${kernel.shape.join(', ')}]`);
  return shapes.dense(call.importer, call.value(0), kernel, toBias(bias));
}

export function maxPooling(call: NodeCall): Value {
  return windows.maxPooling2d(call.importer, call.value(0), poolWindow(call));
}

export function averagePooling(call: NodeCall): Value {
  const options = { ...poolWindow(call), countIncludesPadding: false };
  return windows.averagePooling2d(call.importer, call.value(0), options);
}

/** Over a whole picture, which is how a global maximum is written. */
export function largest(call: NodeCall): Operand {
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

export function pad(call: NodeCall): Operand {
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

export function resize(call: NodeCall, interpolation: string): Operand {
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

function toTensor({ dims, values }: Constant): Tensor {
  return { shape: dims, data: values instanceof Float32Array ? values : new Float32Array(values) };
}

function toBias(bias: Constant | undefined): Tensor | undefined {
  return bias && { shape: [bias.values.length], data: toFloats(bias) };
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
