/**
 * JPEG's quantization table for luminance at a quality from 1 to 100.
 *
 * Ref: ITU-T T.81 (1992), Annex K, Table K.1. Ref: libjpeg's `jpeg_quality_scaling` and `jpeg_add_quant_table` for the
 * meaning of a quality, which all common JPEG encoders share.
 */

/** By [vertical][horizontal] frequency. */
// prettier-ignore
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61,
  12, 12, 14, 19, 26, 58, 60, 55,
  14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77,
  24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
] as const;

/** The 64 step sizes by [horizontal][vertical] frequency, in the order that the kernel `jpegRoundTrip` reads. */
export function jpegQuantizationTable(quality: number): Float32Array {
  const percent = quality < 50 ? Math.trunc(5000 / quality) : 200 - 2 * quality;
  const table = new Float32Array(LUMINANCE.length);
  for (let horizontal = 0; horizontal < 8; horizontal++) {
    for (let vertical = 0; vertical < 8; vertical++) {
      const step = Math.trunc((LUMINANCE[vertical * 8 + horizontal]! * percent + 50) / 100);
      table[horizontal * 8 + vertical] = Math.min(255, Math.max(1, step));
    }
  }
  return table;
}
