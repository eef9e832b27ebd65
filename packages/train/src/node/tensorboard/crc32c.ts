/**
 * CRC-32C (Castagnoli's polynomial; Node's zlib has only that of Ethernet), and the masked form of TensorFlow's record
 * files: a plain CRC over bytes that contain CRCs themselves would be weak.
 *
 * Ref: RFC 3720, appendix B.4 (polynomial and check values).
 * Ref: TensorFlow, "TFRecord and tf.train.Example" (the mask).
 */

/** The polynomial with its bits reversed, since bytes come lowest bit first. */
const POLYNOMIAL = 0x82f63b78;
const MASK_DELTA = 0xa282ead8;

/** The checksum of each single byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Rotated right by 15 bits, plus a constant, modulo 2³². */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
