/** Brightness, contrast and sharpness of a face, on the normalised grey crop. */
import { NORMAL_SIDE } from './normalise-crop.js';

export interface Light {
  /** Mean, 0…1. */
  readonly brightness: number;
  /** Standard deviation. */
  readonly contrast: number;
  /** Variance of the Laplacian of the picture divided by its contrast; 0 of a plain one. */
  readonly sharpness: number;
}

/** Less contrast than this, half a level of 255, is none: dividing by it would make noise of rounding. */
const MIN_CONTRAST = 0.002;

/**
 * The Laplacian is that of four neighbours, over all pixels but the border's.
 *
 * Ref: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study", ICPR 2000 (its
 * variance as a measure of focus); divided by the contrast here, so that a dim sharp face is not called blurred.
 *
 * @param grey `[48, 48]`, 0…1
 */
export function measureLight(grey: Float32Array): Light {
  const { mean: brightness, variance } = momentsOf(grey);
  const contrast = Math.sqrt(variance);
  if (contrast < MIN_CONTRAST) return { brightness, contrast, sharpness: 0 };
  const inner = NORMAL_SIDE - 2;
  const laplacian = new Float32Array(inner * inner);
  for (let y = 0; y < inner; y++) {
    for (let x = 0; x < inner; x++) {
      const at = (y + 1) * NORMAL_SIDE + x + 1;
      laplacian[y * inner + x] =
        grey[at - 1]! + grey[at + 1]! + grey[at - NORMAL_SIDE]! + grey[at + NORMAL_SIDE]! - 4 * grey[at]!;
    }
  }
  return { brightness, contrast, sharpness: momentsOf(laplacian).variance / variance };
}

function momentsOf(values: Float32Array): { mean: number; variance: number } {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return { mean, variance: squares / values.length };
}
