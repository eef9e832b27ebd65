/**
 * Halves: IEEE 754 binary16, which model files keep weights in to be half as large. One bit of sign, five of exponent
 * (bias 15), ten of fraction; exponent 0 is subnormal, 31 is infinity or NaN. Node 20 has no Float16Array.
 */

/** 2^(exponent − 15): a table, since a network has millions of halves to read. */
const SCALES = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 15));
/** Without an exponent there is no implied leading one, and the scale is that of exponent 1. */
const SUBNORMAL = 2 ** -24;
/** The largest finite half is 65504; from the middle to the next step, 65520, rounding goes to infinity. */
const OVERFLOW = 65_520;

/** Value of the 16 bits of a half. Every half is a float32, so nothing is rounded. */
export function halfToFloat32(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * SUBNORMAL;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * (SCALES[exponent] ?? 0);
}

/** What a half's bits, read as those of a float32 three bits to the right, fall short by: the biases, 127 − 15. */
const REBIAS = 2 ** 112;
const EXPONENT = 0x7c00;

/**
 * Values of many halves, in a loop that is short on purpose: most programs read one model, when they start, and by then
 * nothing is compiled. A float32's fields are the half's with 13 more bits of fraction, subnormals included.
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

/** Bits of the nearest half, ties to even; infinity from 65520 on. */
export function toHalfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= OVERFLOW) return sign | 0x7c00;
  // The spacing of halves at this magnitude is 2^(exponent-10), and 2^-24 throughout the subnormals. Adding the
  // fraction to the exponent field lets a round-up carry into the next exponent by itself.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = roundTiesToEven(magnitude / 2 ** (exponent - 10));
  return sign | (steps < 1024 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}
