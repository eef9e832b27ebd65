/**
 * Random rotation, shift, zoom and flip of a picture, as one affine matrix.
 *
 * Mental model: the numbers drawn for a picture become one matrix from output pixel to source pixel, and the `warpAffine`
 * kernel samples the source once. Resizing to the network's input is part of the same matrix.
 *
 * Ref: the draws, their order of composition and "nearest" filling are those of Keras 2's ImageDataGenerator
 * (`apply_affine_transform`), which the original mini_Xception was trained with. One thing differs: Keras draws from
 * NumPy's generator in sequence; here a picture's draws depend only on seed, epoch and row.
 */
import type { Random } from '../random.js';
import type { Augmentation } from './augmentation.js';

/** Size of a picture in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * `[m0 … m5]`: output pixel (x, y) shows the source at (m0·x + m1·y + m2, m3·x + m4·y + m5); whole numbers are pixel
 * centres.
 */
export type AffineMatrix = readonly [number, number, number, number, number, number];

/** The parameters drawn for one picture. */
export interface Distortion {
  readonly angleRad: number;
  /** Relative to the picture's width and height. */
  readonly shiftX: number;
  readonly shiftY: number;
  readonly zoomX: number;
  readonly zoomY: number;
  readonly flip: boolean;
}

/** Draws a distortion. All numbers are drawn at any strength, so that switching one off leaves the others unchanged. */
export function drawDistortion(augmentation: Augmentation, random: Random): Distortion {
  const symmetric = (limit: number): number => (2 * random.uniform() - 1) * limit;
  return {
    angleRad: symmetric((augmentation.rotationDeg * Math.PI) / 180),
    shiftY: symmetric(augmentation.shift),
    shiftX: symmetric(augmentation.shift),
    zoomY: 1 + symmetric(augmentation.zoom),
    zoomX: 1 + symmetric(augmentation.zoom),
    flip: random.uniform() < 0.5 && augmentation.horizontalFlip,
  };
}

/**
 * The matrix of a distortion from an output of size `to` into a source of size `from`.
 *
 * Around the centres of both pictures, with (x, y) in source pixels, it is
 *
 *   flip → resize → zoom → shift → rotation
 *
 * which is Keras' R·T·Z (rotation, shift, zoom; Keras puts rows first, hence the sign of the sine) after the flip
 * that Keras applies to the finished picture. Working around the centres gives half-pixel centres: output pixel i of n
 * lies at (i + ½)·m/n − ½ of m source pixels.
 */
export function toAffineMatrix(distortion: Distortion, from: Size, to: Size): AffineMatrix {
  const { angleRad, zoomX, zoomY, flip } = distortion;
  const scaleX = ((flip ? -1 : 1) * zoomX * from.width) / to.width;
  const scaleY = (zoomY * from.height) / to.height;
  const shiftX = distortion.shiftX * from.width;
  const shiftY = distortion.shiftY * from.height;
  const [sin, cos] = [Math.sin(angleRad), Math.cos(angleRad)];
  const [m0, m1] = [cos * scaleX, sin * scaleY];
  const [m3, m4] = [-sin * scaleX, cos * scaleY];
  const [centreX, centreY] = [(to.width - 1) / 2, (to.height - 1) / 2];
  return [
    m0,
    m1,
    (from.width - 1) / 2 + cos * shiftX + sin * shiftY - m0 * centreX - m1 * centreY,
    m3,
    m4,
    (from.height - 1) / 2 - sin * shiftX + cos * shiftY - m3 * centreX - m4 * centreY,
  ];
}
