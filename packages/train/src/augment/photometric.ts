/**
 * Contrast, brightness and gamma of a picture, combined into one tone curve.
 *
 * The order is that of a camera: light falls on the scene (contrast, brightness), the sensor clips at black and white,
 * and the camera applies its tone curve (gamma).
 */
import type { Random } from '../random.js';
import type { Photometric } from './augmentation.js';

/** The parameters drawn for one picture. */
export interface PhotometricChange {
  /** Factor on the distance from the picture's mean grey. */
  readonly contrast: number;
  /** Added, in grey levels. */
  readonly brightness: number;
  /** Exponent of greys from 0 to 1. */
  readonly gamma: number;
}

/** Draws a change, or none. All numbers are drawn at any strength, so that switching one off leaves the others unchanged. */
export function drawPhotometric(strengths: Photometric, random: Random): PhotometricChange | undefined {
  const symmetric = (limit: number): number => (2 * random.uniform() - 1) * limit;
  const isChanged = random.uniform() < strengths.probability;
  const change = {
    contrast: 1 + symmetric(strengths.contrast),
    brightness: 255 * symmetric(strengths.brightness),
    gamma: Math.exp(symmetric(strengths.gamma)),
  };
  return isChanged ? change : undefined;
}

/**
 * Writes the curve at the whole grey values 0 … 255; values between them are interpolated linearly.
 *
 * @param mean of the picture's greys, 0 … 255
 * @param curve 256 values, 0 … 255, to write to
 */
export function writeToneCurve(
  { contrast, brightness, gamma }: PhotometricChange,
  mean: number,
  curve: Float32Array,
): void {
  for (let grey = 0; grey < curve.length; grey++) {
    const light = Math.min(255, Math.max(0, mean + contrast * (grey - mean) + brightness));
    // Equal to (light / 255) ** gamma, which takes three times as long.
    curve[grey] = 255 * Math.exp(gamma * Math.log(light / 255));
  }
}
