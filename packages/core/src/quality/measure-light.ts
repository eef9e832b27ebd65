/** Measures brightness, contrast and sharpness of a face on its normalised grey crop. */
import { NORMAL_SIDE } from './normalize-crop.js';

export interface Light {
  /** Mean grey value, 0…1. */
  readonly brightness: number;
  /** Standard deviation of the grey values, 0…0.5. */
  readonly contrast: number;
  /** Variance of the Laplacian divided by the variance of the grey values; 0 for a plain crop. */
  readonly sharpness: number;
}

/** A crop with less contrast, half a grey level of 255, counts as plain: dividing by it would amplify rounding. */
const MIN_CONTRAST = 0.002;

/**
 * Uses the Laplacian of the four neighbours, over all pixels except those at the border.
 *
 * Ref: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study", ICPR 2000 (its
 * variance as a measure of focus); divided by the contrast here, so that a dim sharp face does not count as blurred.
 *
 * @param grey `[48, 48]`, 0…1
 */
export function measureLight(grey: Float32Array): Light {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < grey.length; i++) {
    sum += grey[i]!;
    squares += grey[i]! ** 2;
  }
  const brightness = sum / grey.length;
  const variance = Math.max(0, squares / grey.length - brightness ** 2);
  const contrast = Math.sqrt(variance);
  const sharpness = contrast < MIN_CONTRAST ? 0 : laplacianVariance(grey) / variance;
  return { brightness, contrast, sharpness };
}

/** Computed from float64 sums, which are accurate enough for 2,304 float32 values. Stores no intermediate picture. */
function laplacianVariance(grey: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (let y = 1; y < NORMAL_SIDE - 1; y++) {
    for (let at = y * NORMAL_SIDE + 1; at < (y + 1) * NORMAL_SIDE - 1; at++) {
      const value =
        grey[at - 1]! + grey[at + 1]! + grey[at - NORMAL_SIDE]! + grey[at + NORMAL_SIDE]! - 4 * grey[at]!;
      sum += value;
      squares += value ** 2;
    }
  }
  const count = (NORMAL_SIDE - 2) ** 2;
  return Math.max(0, squares / count - (sum / count) ** 2);
}
