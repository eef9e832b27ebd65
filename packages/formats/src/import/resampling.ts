/**
 * Whether a resampling of the source graph is one of ours.
 *
 * Tools differ in where they put the centres of pixels and how they round to the nearest one; at whole factors
 * most of it comes to the same. So instead of comparing names, the samples themselves are compared, for the sizes
 * at hand. Ours are at half-pixel centres: output i looks at (i + ½) · in / out − ½; the nearest pixel is the one
 * that (i + ½) · in / out lies in, bilinear samples are held within the picture.
 *
 * `Ref:` https://onnx.ai/onnx/operators/onnx__Resize.html
 */
import type { Interpolation, Size2d } from '@mien/core/nn';

/** In ONNX's words, which can say what TensorFlow does too. */
export interface SampleMapping {
  readonly interpolation: string;
  readonly centres: string;
  readonly rounding: string;
}

/** What a factor in float32 is off by at the far end of a large picture. */
const TOLERANCE_PIXELS = 1e-3;
const MAX_SIDE = 8192;

/** Our name for it; undefined where we have none. */
export function findInterpolation(
  input: Size2d,
  output: Size2d,
  scale: Size2d,
  mapping: SampleMapping,
): Interpolation | undefined {
  const { interpolation } = mapping;
  if (interpolation !== 'nearest' && interpolation !== 'linear') return undefined;
  for (const axis of [0, 1] as const) {
    if (!(output[axis] >= 1 && output[axis] <= MAX_SIDE)) return undefined;
    for (let index = 0; index < output[axis]; index++) {
      const theirs = sourceOf(index, input[axis], output[axis], scale[axis], mapping.centres);
      if (theirs === undefined) return undefined;
      const ours = ((index + 0.5) * input[axis]) / output[axis];
      const last = input[axis] - 1;
      const hold = (at: number) => Math.min(Math.max(at, 0), last);
      if (interpolation === 'linear') {
        if (Math.abs(hold(theirs) - hold(ours - 0.5)) > TOLERANCE_PIXELS) return undefined;
      } else if (hold(round(theirs, mapping.rounding)) !== hold(Math.floor(ours))) return undefined;
    }
  }
  return interpolation === 'nearest' ? 'nearest' : 'bilinear';
}

/** Whether TensorFlow's resampling at half-pixel centres is ours at these sizes. */
export function isHalfPixel(input: Size2d, output: Size2d, interpolation: Interpolation): boolean {
  const mapping = {
    interpolation: interpolation === 'nearest' ? 'nearest' : 'linear',
    centres: 'half_pixel',
    rounding: 'round_prefer_ceil',
  };
  const scale: Size2d = [output[0] / input[0], output[1] / input[1]];
  return findInterpolation(input, output, scale, mapping) === interpolation;
}

/** Where output `index` looks, in input pixels whose centres are whole numbers. */
function sourceOf(
  index: number,
  input: number,
  output: number,
  scale: number,
  centres: string,
): number | undefined {
  switch (centres) {
    case 'half_pixel':
    case 'half_pixel_symmetric':
      return (index + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return output > 1 ? (index + 0.5) / scale - 0.5 : 0;
    case 'asymmetric':
      return index / scale;
    case 'align_corners':
      return output > 1 ? (index * (input - 1)) / (output - 1) : 0;
    default:
      return undefined;
  }
}

function round(value: number, rounding: string): number {
  switch (rounding) {
    case 'floor':
      return Math.floor(value);
    case 'ceil':
      return Math.ceil(value);
    case 'round_prefer_floor':
      return Math.ceil(value - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(value + 0.5);
    default:
      return NaN;
  }
}
