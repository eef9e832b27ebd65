import { halfToFloat32, MienError, toHalfBits } from '@mien/core';
import type { Weights } from '@mien/core/nn';

/** Types of numbers that weights can be written as. */
export type WeightType = 'F32' | 'F16';

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
