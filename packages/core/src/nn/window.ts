import type { Padding, PADDINGS, Shape, Size2d } from './graph.js';

/** Sizes and padding of a sliding window, in pixels. */
export interface ResolvedWindow {
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  /** Size of the input with padding on both sides. */
  readonly paddedHeight: number;
  readonly paddedWidth: number;
}

export interface WindowAttributes {
  readonly size: Size2d;
  readonly strides: number;
  readonly padding: Padding;
}

/**
 * Computes output size and padding of a convolution or pooling window.
 *
 * `same` is TensorFlow's: the output has ceil(size / stride) rows, and if the number of padding rows is odd, the bottom
 * gets one more. Ref: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
 */
export function resolveWindow([inputHeight, inputWidth]: Size2d, window: WindowAttributes): ResolvedWindow {
  const [windowHeight, windowWidth] = window.size;
  const { strides, padding } = window;
  const explicit = typeof padding === 'string' ? undefined : padding;
  const named = typeof padding === 'string' ? padding : 'valid';
  const rows = explicit
    ? padAxis(inputHeight, windowHeight, strides, explicit.top, explicit.bottom)
    : resolveAxis(inputHeight, windowHeight, strides, named);
  const columns = explicit
    ? padAxis(inputWidth, windowWidth, strides, explicit.left, explicit.right)
    : resolveAxis(inputWidth, windowWidth, strides, named);
  return {
    outputHeight: rows.output,
    outputWidth: columns.output,
    padTop: rows.before,
    padLeft: columns.before,
    paddedHeight: rows.padded,
    paddedWidth: columns.padded,
  };
}

/** Sizes in the order of the parameters of depthwise convolution and pooling kernels. */
export type WindowOperands = readonly [
  inputHeight: number,
  inputWidth: number,
  channels: number,
  outputHeight: number,
  outputWidth: number,
  windowHeight: number,
  windowWidth: number,
  strides: number,
  padTop: number,
  padLeft: number,
];

/** Operands of a kernel that slides a window over each channel, and the output size. */
export function toWindowOperands(
  [height = 1, width = 1, channels = 1]: Shape,
  window: WindowAttributes,
): { operands: WindowOperands; outputHeight: number; outputWidth: number } {
  const { outputHeight, outputWidth, padTop, padLeft } = resolveWindow([height, width], window);
  const { size, strides } = window;
  return {
    operands: [height, width, channels, outputHeight, outputWidth, ...size, strides, padTop, padLeft],
    outputHeight,
    outputWidth,
  };
}

function resolveAxis(input: number, window: number, strides: number, padding: (typeof PADDINGS)[number]) {
  if (padding === 'valid') return padAxis(input, window, strides, 0, 0);
  const output = Math.ceil(input / strides);
  const total = Math.max((output - 1) * strides + window - input, 0);
  const before = Math.floor(total / 2);
  return padAxis(input, window, strides, before, total - before);
}

function padAxis(input: number, window: number, strides: number, before: number, after: number) {
  const padded = input + before + after;
  return { output: Math.floor((padded - window) / strides) + 1, before, padded };
}
