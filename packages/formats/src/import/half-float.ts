/**
 * Value of the 16 bits of an IEEE 754 half: one of sign, five of exponent, ten of fraction.
 *
 * Every half is a float32, so nothing is rounded.
 */
export function toFloat32(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  // Without an exponent there is no implied leading one, and the scale is that of exponent 1.
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
