import type { Padding, PADDINGS, Size2d } from './graph.js';

/** Where a sliding window lies on its input: sizes and paddings in pixels. */
export interface ResolvedWindow {
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  /** Rows and columns of the input with its padding on both sides. */
  readonly paddedHeight: number;
  readonly paddedWidth: number;
}

/**
 * Output size and padding of a convolution or pooling window.
 *
 * `same` is TensorFlow's: the output has ceil(size / stride) rows, and of an odd number of padding rows the odd one
 * goes to the bottom. Ref: https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
 */
export function resolveWindow(
  [inputHeight, inputWidth]: Size2d,
  window: { readonly size: Size2d; readonly strides: number; readonly padding: Padding },
): ResolvedWindow {
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
