/**
 * Other light and other tone: contrast, brightness and gamma of a picture, as one curve from grey to grey.
 *
 * In the order of a camera: light falls on the scene (contrast, brightness), the sensor clips at black and white, and
 * the camera's tone curve (gamma) is what it makes of the rest.
 */
import type { Random } from '../random.js';
import type { Photometric } from './augmentation.js';

/** What one picture drew. */
export interface PhotometricChange {
  /** Factor on the distance from the picture's mean grey. */
  readonly contrast: number;
  /** Added, in grey levels. */
  readonly brightness: number;
  /** Exponent of greys from 0 to 1. */
  readonly gamma: number;
}

/** Draws a change, or none; every draw is made whatever its strength, so that switching one off leaves the others. */
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
 * Writes what becomes of the whole greys 0 … 255; between them a picture's values lie on straight lines, as they would
 * between the entries of any 8-bit camera's table.
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
    // (light / 255) ** gamma, which takes three times as long where it is written so.
    curve[grey] = 255 * Math.exp(gamma * Math.log(light / 255));
  }
}
