/** What ONNX's operators upon pictures are in our layers: convolution, pooling, padding, resampling. */
import type { Padding, Size2d } from '@mien/core/nn';
import { toFloats, transposedValues } from '../import/constant.js';
import type { Value } from '../import/value.js';
import type { Operand } from '../import/operator-inputs.js';
import { NO_PADDING, toAmounts, toNamed } from '../import/padding.js';
import { findInterpolation, type SampleMapping } from '../import/resampling.js';
import * as windows from '../import/window-layers.js';
import type { WindowOptions } from '../import/window-layers.js';
import type { OperatorCall } from './operator-call.js';

export function convolution(call: OperatorCall): Operand {
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

export function maxPooling(call: OperatorCall): Operand {
  const x = call.value(0);
  const window = windowOf(call, x, call.pair('kernel_shape', [0, 0]));
  return windows.maxPooling2d(call.importer, x, { ...window, padding: ceilPadding(call, x, window) });
}

export function averagePooling(call: OperatorCall): Operand {
  const x = call.value(0);
  const window = windowOf(call, x, call.pair('kernel_shape', [0, 0]));
  const padding = ceilPadding(call, x, window);
  const countIncludesPadding = call.integer('count_include_pad', 0) === 1;
  if (countIncludesPadding && padding !== window.padding) {
    throw call.unsupported('counts its padding and rounds its size up (ceil_mode)');
  }
  return windows.averagePooling2d(call.importer, x, { ...window, padding, countIncludesPadding });
}

export function globalMaxPooling(call: OperatorCall): Operand {
  const x = call.value(0);
  const [height, width] = call.importer.pictureShape(x);
  return windows.maxPooling2d(call.importer, x, { size: [height, width], strides: [1, 1], padding: 'valid' });
}

export function pad(call: OperatorCall): Operand {
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

export function resize(call: OperatorCall): Operand {
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
