/**
 * Pictures of low quality: out of focus, taken from far away, noisy in the dark, compressed.
 *
 * All strengths of a picture are drawn from "none" to the largest one, so that most are mild and few have everything
 * at its worst.
 */
import type { Random } from '../random.js';
import type { Quality } from './augmentation.js';

/** What one picture drew. */
export interface QualityLoss {
  /** Standard deviation of the blur in pixels; 0 for none. */
  readonly blurSigmaPx: number;
  /** Part of width and height that is left in between; 1 for all. */
  readonly downscale: number;
  /** In grey levels; 0 for none. */
  readonly noiseSigma: number;
  /** The two 32-bit words that the noise follows from. */
  readonly noiseKeys: readonly [number, number];
  /** As libjpeg counts, 1 … 100; `undefined` for no JPEG. */
  readonly jpegQuality: number | undefined;
}

const TWO_TO_32 = 2 ** 32;

/** Draws a loss, or none; every draw is made whatever its strength, so that switching one off leaves the others. */
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
