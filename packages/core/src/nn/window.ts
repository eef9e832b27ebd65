import type { Padding, Size2d } from './graph.js';

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
  const rows = resolveAxis(inputHeight, windowHeight, window.strides, window.padding);
  const columns = resolveAxis(inputWidth, windowWidth, window.strides, window.padding);
  return {
    outputHeight: rows.output,
    outputWidth: columns.output,
    padTop: rows.before,
    padLeft: columns.before,
    paddedHeight: rows.padded,
    paddedWidth: columns.padded,
  };
}

function resolveAxis(input: number, window: number, strides: number, padding: Padding) {
  if (padding === 'valid') {
    return { output: Math.floor((input - window) / strides) + 1, before: 0, padded: input };
  }
  const output = Math.ceil(input / strides);
  const total = Math.max((output - 1) * strides + window - input, 0);
  return { output, before: Math.floor(total / 2), padded: input + total };
}
