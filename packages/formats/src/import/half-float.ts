/** 2^(exponent − 15): a table, since a network has millions of halves to read. */
const SCALES = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (exponent - 15));
/** Without an exponent there is no implied leading one, and the scale is that of exponent 1. */
const SUBNORMAL = 2 ** -24;

/**
 * Value of the 16 bits of an IEEE 754 half: one of sign, five of exponent, ten of fraction.
 *
 * Every half is a float32, so nothing is rounded.
 */
export function toFloat32(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * SUBNORMAL;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * (SCALES[exponent] ?? 0);
}

/** As a loop: `Float32Array.from` with a function takes ten times as long. */
export function halvesToFloat32(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index++) values[index] = toFloat32(halves[index] ?? 0);
  return values;
}
