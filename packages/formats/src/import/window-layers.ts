/** Maps the source graph's window operators to our layers: convolution, pooling, padding, resampling. */
import type { ExplicitPadding, Interpolation, Padding, Size2d, Tensor } from '@mien/core/nn';
import { dilatedKernel } from './dilation.js';
import { checkBias } from './check-bias.js';
import type { GraphImporter, LayerAttributes } from './graph-importer.js';
import type { Value } from './value.js';

export interface WindowOptions {
  readonly size: Size2d;
  /** Vertical and horizontal; our layers have one for both. */
  readonly strides: Size2d;
  readonly padding: Padding;
}

const MAX_WINDOW = 4096;

/**
 * A convolution whose taps are apart, as one with a larger kernel that has zeros between them.
 *
 * @returns the kernel's size, and what turns its `[height, width, perTap]` numbers into those of that size
 */
export function dilatedWindow(
  importer: GraphImporter,
  kernel: Size2d,
  rates: Size2d,
): { size: Size2d; spread: (data: Float32Array, perTap: number) => Float32Array } {
  if (rates.every((rate, axis) => rate === 1 || kernel[axis] === 1))
    return { size: kernel, spread: (data) => data };
  const valid = [...kernel, ...rates].every(
    (side) => Number.isInteger(side) && side >= 1 && side <= MAX_WINDOW,
  );
  const { size, spread } = dilatedKernel(kernel, rates);
  if (!valid || size[0] > MAX_WINDOW || size[1] > MAX_WINDOW) {
    throw importer.invalid(`a window of ${kernel.join('×')} at dilations of ${rates.join('×')}`);
  }
  return {
    size,
    spread: (data, perTap) => {
      importer.spend(size[0] * size[1] * perTap);
      return spread(data, perTap);
    },
  };
}

/**
 * @param kernel `[height, width, channels / groups, filters]`
 */
export function conv2d(
  importer: GraphImporter,
  x: Value,
  options: WindowOptions & { kernel: Tensor; bias: Tensor | undefined; groups: number },
): Value {
  const [, , channels] = importer.pictureShape(x);
  const { kernel, bias, groups, size, padding } = options;
  const [, , seen = 0, filters = 0] = kernel.shape;
  if (seen * groups !== channels || filters % groups !== 0) {
    const weights = `${filters} filters of ${seen} channels in ${groups} groups`;
    throw importer.invalid(`${weights} do not fit a picture of ${channels} channels`);
  }
  checkBias(importer, bias, filters);
  const strides = stridesOfBoth(importer, options);
  checkWindow(importer, { size, strides, padding });
  const useBias = bias !== undefined;
  return importer.appendPicture(
    { kind: 'conv2d', filters, kernelSize: size, strides, padding, useBias, groups, kernelL2: 0 },
    x,
    { kernel, ...(bias && { bias }) },
  );
}

/** @param kernel `[height, width, channels, 1]` */
export function depthwiseConv2d(
  importer: GraphImporter,
  x: Value,
  options: WindowOptions & { kernel: Tensor; bias: Tensor | undefined },
): Value {
  const [, , channels] = importer.pictureShape(x);
  const { kernel, bias, size, padding } = options;
  if (kernel.shape[2] !== channels) {
    throw importer.invalid(`a kernel of ${kernel.shape[2] ?? 0} channels for a picture of ${channels}`);
  }
  checkBias(importer, bias, channels);
  const strides = stridesOfBoth(importer, options);
  checkWindow(importer, { size, strides, padding });
  return importer.appendPicture(
    { kind: 'depthwiseConv2d', kernelSize: size, strides, padding, useBias: bias !== undefined },
    x,
    { depthwise_kernel: kernel, ...(bias && { bias }) },
  );
}

export function maxPooling2d(importer: GraphImporter, x: Value, options: WindowOptions): Value {
  return pooling(importer, x, options, (window) => ({ kind: 'maxPooling2d', ...window }));
}

export function averagePooling2d(
  importer: GraphImporter,
  x: Value,
  options: WindowOptions & { countIncludesPadding: boolean },
): Value {
  const { countIncludesPadding } = options;
  return pooling(importer, x, options, (window) => ({
    kind: 'averagePooling2d',
    ...window,
    countIncludesPadding,
  }));
}

export function zeroPadding2d(
  importer: GraphImporter,
  x: Value,
  padding: ExplicitPadding,
  channelsAfter: number,
): Value {
  checkPadding(importer, { ...padding, channelsAfter });
  return importer.appendPicture({ kind: 'zeroPadding2d', padding, channelsAfter }, x);
}

export function resize2d(
  importer: GraphImporter,
  x: Value,
  size: Size2d,
  interpolation: Interpolation,
): Value {
  return importer.appendPicture({ kind: 'resize2d', size, interpolation }, x);
}

function pooling(
  importer: GraphImporter,
  x: Value,
  options: WindowOptions,
  layerOf: (window: { poolSize: Size2d; strides: number; padding: Padding }) => LayerAttributes,
): Value {
  const { size, padding } = options;
  const strides = stridesOfBoth(importer, options);
  checkWindow(importer, { size, strides, padding });
  if (typeof padding !== 'string') {
    const [across, down] = [Math.max(padding.left, padding.right), Math.max(padding.top, padding.bottom)];
    if (down >= size[0] || across >= size[1]) throw importer.invalid('pads by more than its window');
  }
  return importer.appendPicture(layerOf({ poolSize: size, strides, padding }), x);
}

function stridesOfBoth(importer: GraphImporter, { strides: [down, across] }: WindowOptions): number {
  if (down !== across) throw importer.unsupported(`strides of ${down}×${across}; both must be the same`);
  return down;
}

/** Bounds what a hostile file may ask for; whether the window fits is the layer's business. */
function checkWindow(
  importer: GraphImporter,
  window: { size: Size2d; strides: number; padding: Padding },
): void {
  for (const value of [...window.size, window.strides]) {
    if (!Number.isInteger(value) || value < 1 || value > MAX_WINDOW) {
      throw importer.invalid(`a window of ${window.size.join('×')} at strides of ${window.strides}`);
    }
  }
  if (typeof window.padding !== 'string') checkPadding(importer, { ...window.padding });
}

function checkPadding(importer: GraphImporter, amounts: Readonly<Record<string, number>>): void {
  for (const [side, amount] of Object.entries(amounts)) {
    if (!Number.isInteger(amount) || amount < 0 || amount > MAX_WINDOW) {
      throw importer.unsupported(`pads by ${amount} (${side})`);
    }
  }
}
