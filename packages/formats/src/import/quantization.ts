/**
 * Numbers that are stored as integers: real = (integer − zero point) · scale.
 *
 * Quantised networks are computed in float32 here: weights become the numbers that they stand for, and what an operator
 * puts out is held within the range that its integers can express, since some tools leave out a ReLU that this range
 * implies. Only the rounding of intermediate results is left out, which is some tenths of a percent of a probability.
 */
import { activation, clip } from './channel-layers.js';
import { stridesOf, type Constant } from './constant.js';
import type { GraphImporter } from './graph-importer.js';
import type { Value } from './value.js';

export interface Quantization {
  /** One, or one for each place along `axis`. */
  readonly scale: ArrayLike<number>;
  readonly zeroPoint: ArrayLike<number>;
  readonly axis: number;
}

/** The integers of a type. */
export interface IntegerRange {
  readonly lowest: number;
  readonly highest: number;
}

export const UINT8: IntegerRange = { lowest: 0, highest: 255 };
export const INT8: IntegerRange = { lowest: -128, highest: 127 };
export const UINT16: IntegerRange = { lowest: 0, highest: 65_535 };
export const INT16: IntegerRange = { lowest: -32_768, highest: 32_767 };

/** The numbers that integers stand for. */
export function dequantized(
  importer: GraphImporter,
  { dims, values }: Constant,
  { scale, zeroPoint, axis }: Quantization,
): Constant {
  importer.spend(values.length);
  const result = new Float32Array(values.length);
  const indexOf = placeAlong(importer, dims, scale.length, axis);
  for (let at = 0; at < values.length; at++) {
    const index = indexOf(at);
    const zero = zeroPoint.length > 1 ? (zeroPoint[index] ?? 0) : (zeroPoint[0] ?? 0);
    result[at] = ((values[at] ?? 0) - zero) * (scale[index] ?? 0);
  }
  return { dims, values: result, isInteger: false };
}

/** The integers of numbers that are known: rounded to the nearest, halves to even. */
export function quantized(
  importer: GraphImporter,
  { dims, values }: Constant,
  { scale, zeroPoint, axis }: Quantization,
  { lowest, highest }: IntegerRange,
): Constant {
  importer.spend(values.length);
  const indexOf = placeAlong(importer, dims, scale.length, axis);
  const result = Float64Array.from(values, (value, at) => {
    const index = indexOf(at);
    const zero = zeroPoint.length > 1 ? (zeroPoint[index] ?? 0) : (zeroPoint[0] ?? 0);
    return Math.min(Math.max(roundHalfEven(value / (scale[index] ?? 1)) + zero, lowest), highest);
  });
  return { dims, values: result, isInteger: true };
}

/** Holds a value within what integers can express. */
export function saturated(
  importer: GraphImporter,
  x: Value,
  { scale, zeroPoint }: Quantization,
  { lowest, highest }: IntegerRange,
): Value {
  const [step = 0] = Array.from(scale);
  // One range for each channel has no layer here; activations have one for all.
  if (scale.length !== 1 || !(step > 0) || importer.isWithinUnit(x)) return x;
  const zero = zeroPoint[0] ?? 0;
  const [min, max] = [(lowest - zero) * step, (highest - zero) * step];
  if (importer.isWithin(x, min, max)) return x;
  return min === 0 && max >= HUGE ? activation(importer, x, 'relu') : clip(importer, x, min, max);
}

/** An upper bound that no value of a network comes near. */
const HUGE = 1e6;

/** For each value, its place along an axis; 0 for all where there is one scale. */
function placeAlong(
  importer: GraphImporter,
  dims: readonly number[],
  scales: number,
  axis: number,
): (at: number) => number {
  if (scales <= 1) return () => 0;
  const stride = stridesOf(dims)[axis] ?? 1;
  if (dims[axis] !== scales) {
    throw importer.unsupported(`${scales} scales along axis ${axis} of [${dims.join(', ')}]`);
  }
  return (at) => Math.floor(at / stride) % scales;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
