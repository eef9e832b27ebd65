/**
 * How a dense convolution maps to kernels, shared by inference and training.
 *
 * A 1×1 convolution is a matrix product over all pixels, with a stride over those that it sees, copied side by side. Any
 * other is computed "valid" over an input that already carries its zero padding: where there is padding, the input is
 * copied into a padded tensor first.
 */
import type { ProgramBuilder } from '../../backend/program-builder.js';
import { ROW_GRAIN } from './grains.js';
import type { Conv2dLayer, Shape } from '../graph.js';
import type { Operand } from './operand.js';
import { resolveWindow } from '../window.js';

/** Sizes of one convolution over a batch, in pixels and channels. */
export interface Conv2dGeometry {
  readonly batch: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strides: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly paddedHeight: number;
  readonly paddedWidth: number;
  /** True for 1×1 and stride 1: the convolution is a matrix product over pixels. */
  readonly isPointwise: boolean;
  /** True where the input has to be copied into a padded tensor. */
  readonly needsPadding: boolean;
}

type Conv2dAttributes = Pick<Conv2dLayer, 'kernelSize' | 'strides' | 'padding' | 'filters'>;

export function toConv2dGeometry(batch: number, inputShape: Shape, layer: Conv2dAttributes): Conv2dGeometry {
  const [inputHeight = 1, inputWidth = 1, inputChannels = 1] = inputShape;
  const [kernelHeight, kernelWidth] = layer.kernelSize;
  const window = resolveWindow([inputHeight, inputWidth], { size: layer.kernelSize, ...layer });
  return {
    batch,
    inputHeight,
    inputWidth,
    inputChannels,
    ...window,
    outputChannels: layer.filters,
    kernelHeight,
    kernelWidth,
    strides: layer.strides,
    isPointwise: kernelHeight === 1 && kernelWidth === 1 && layer.strides === 1,
    needsPadding: window.paddedHeight !== inputHeight || window.paddedWidth !== inputWidth,
  };
}

/** Rows of a convolution's weights as a matrix: what one output pixel sees. */
export function weightRows(g: Conv2dGeometry): number {
  return g.kernelHeight * g.kernelWidth * g.inputChannels;
}

/**
 * Emits y = act(x ∗ kernel + bias).
 *
 * @param panels kernel and bias, packed (panels.ts): {@link weightRows} × output channels
 * @param flags FLAG_RELU, FLAG_ACCUMULATE for y + …
 * @returns the input over which the convolution is "valid": `x`, or its padded copy
 */
export function emitConv2d(
  builder: ProgramBuilder,
  g: Conv2dGeometry,
  { x, panels, y, flags }: { x: Operand; panels: Operand; y: Operand; flags: number },
): Operand {
  if (g.kernelHeight === 1 && g.kernelWidth === 1 && !g.needsPadding) {
    const pixels = g.batch * g.outputHeight * g.outputWidth;
    const seen = g.isPointwise ? x : emitSubsampling(builder, g, x);
    builder.launch('gemm', [seen, panels, y, g.inputChannels, g.outputChannels, flags], pixels, ROW_GRAIN);
    return x;
  }
  const input = g.needsPadding ? emitPadding(builder, g, x) : x;
  builder.launch(
    'conv2d',
    [
      input, panels, y,
      g.paddedHeight, g.paddedWidth, g.inputChannels,
      g.outputHeight, g.outputWidth, g.outputChannels,
      g.kernelHeight, g.kernelWidth, g.strides, flags,
    ],
    g.batch * g.outputHeight,
  ); // prettier-ignore
  return input;
}

/** Emits the copy of the input that carries its zero padding. */
export function emitPadding(builder: ProgramBuilder, g: Conv2dGeometry, x: Operand): Operand {
  const padded = builder.buffer(g.batch * g.paddedHeight * g.paddedWidth * g.inputChannels);
  builder.launch(
    'pad2d',
    [
      x, padded,
      g.inputHeight, g.inputWidth, g.inputChannels,
      g.paddedHeight, g.paddedWidth, g.padTop, g.padLeft,
    ],
    g.batch * g.paddedHeight,
  ); // prettier-ignore
  return padded;
}

/** The pixels that a 1×1 kernel with a stride meets, side by side: rows of few pixels make slow products. */
function emitSubsampling(builder: ProgramBuilder, g: Conv2dGeometry, x: Operand): Operand {
  const seen = builder.buffer(g.batch * g.outputHeight * g.outputWidth * g.inputChannels);
  builder.launch(
    'subsample2d',
    [
      x, seen,
      g.inputHeight, g.inputWidth, g.inputChannels,
      g.outputHeight, g.outputWidth, g.strides,
    ],
    g.batch * g.outputHeight,
  ); // prettier-ignore
  return seen;
}
