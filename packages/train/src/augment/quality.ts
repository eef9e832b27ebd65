/**
 * Low picture quality: out of focus, taken from far away, noisy, compressed.
 *
 * Each strength is drawn uniformly between none and the largest one, so that most pictures change mildly.
 */
import type { Random } from '../random.js';
import type { Quality } from './augmentation.js';

/** The parameters drawn for one picture. */
export interface QualityLoss {
  /** Standard deviation of the blur in pixels; 0 for none. */
  readonly blurSigmaPx: number;
  /** Factor on width and height before upscaling again; 1 for none. */
  readonly downscale: number;
  /** In grey levels; 0 for none. */
  readonly noiseSigma: number;
  /** Two 32-bit words that determine the noise. */
  readonly noiseKeys: readonly [number, number];
  /** libjpeg's quality, 1 … 100; `undefined` for no JPEG. */
  readonly jpegQuality: number | undefined;
}

const TWO_TO_32 = 2 ** 32;

/** Draws a loss, or none. All numbers are drawn at any strength, so that switching one off leaves the others unchanged. */
export function drawQuality(strengths: Quality, random: Random): QualityLoss | undefined {
  const { probability, blurSigmaPx, downscale, noiseSigma, jpegQuality } = strengths;
  const isChanged = random.uniform() < probability;
  const loss = {
    blurSigmaPx: random.uniform() * blurSigmaPx,
    downscale: 1 - random.uniform() * (1 - downscale),
    noiseSigma: random.uniform() * noiseSigma,
    noiseKeys: [random.uniform() * TWO_TO_32, random.uniform() * TWO_TO_32] as const,
    jpegQuality: jpegQuality + Math.floor(random.uniform() * (101 - jpegQuality)),
  };
  if (!isChanged) return undefined;
  return jpegQuality === 100 ? { ...loss, jpegQuality: undefined } : loss;
}
