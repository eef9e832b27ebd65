/**
 * Half-precision floats (IEEE 754 binary16), which halve the size of model files: one sign bit, five exponent bits (bias
 * 15), ten fraction bits; exponent 0 is subnormal, 31 is infinity or NaN. Node 20 has no Float16Array.
 */

/** 2^(exponent − 15), as a table, because a network has millions of halves. */
const SCALES = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 15));
/** Scale of subnormals: no implied leading one, and the exponent is that of 1. */
const SUBNORMAL = 2 ** -24;
/** The largest finite half is 65504; from 65520 on, values round to infinity. */
const OVERFLOW = 65_520;

/** Converts the bits of a half. Exact, because every half is a float32. */
export function halfToFloat32(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * SUBNORMAL;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * (SCALES[exponent] ?? 0);
}

/** 2^(127 − 15): the difference of the exponent biases of float32 and half. */
const REBIAS = 2 ** 112;
const EXPONENT = 0x7c00;

/**
 * Converts many halves, in a short loop: most programs read one model when they start, before anything is optimised. A
 * float32 has the fields of a half with 13 more fraction bits, also for subnormals.
 */
export function halvesToFloat32(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const patterns = new Uint32Array(values.buffer);
  for (let index = 0; index < halves.length; index++) {
    const bits = halves[index] ?? 0;
    patterns[index] = ((bits & 0x8000) << 16) | ((bits & 0x7fff) << 13);
    values[index] = (bits & EXPONENT) === EXPONENT ? halfToFloat32(bits) : (values[index] ?? 0) * REBIAS;
  }
  return values;
}

/** Converts to the bits of the nearest half, ties to even; infinity from 65520 on. */
export function toHalfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= OVERFLOW) return sign | 0x7c00;
  // Halves of this magnitude are 2^(exponent-10) apart, subnormals 2^-24. Adding the fraction to the exponent field lets
  // rounding up carry into the exponent.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = roundTiesToEven(magnitude / 2 ** (exponent - 10));
  return sign | (steps < 1024 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}
