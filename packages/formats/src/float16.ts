import { halfToFloat32, MienError, toHalfBits } from '@mien/core';
import type { Weights } from '@mien/core/nn';

/** Types of numbers that weights can be written as. */
export type WeightType = 'F32' | 'F16';

/** Weights as files hold them: little-endian, whatever the machine is. */
export function toWeightBytes(data: Float32Array, type: WeightType): Uint8Array {
  const bytes = new Uint8Array(data.length * (type === 'F16' ? 2 : 4));
  const view = new DataView(bytes.buffer);
  data.forEach((value, index) => {
    if (type === 'F16') view.setUint16(index * 2, toHalfBits(value), true);
    else view.setFloat32(index * 4, value, true);
  });
  return bytes;
}

/**
 * Refuses weights that halves have no finite value for.
 *
 * @throws MienError `UNSUPPORTED` that names the first
 */
export function checkHalves(weights: Weights): void {
  for (const [name, { data }] of weights) {
    const large = data.find((value) => !Number.isFinite(halfToFloat32(toHalfBits(value))));
    if (large !== undefined) {
      throw new MienError(
        'UNSUPPORTED',
        `weights: ${name} holds ${large}, more than float16 can (65504); write float32`,
      );
    }
  }
}
