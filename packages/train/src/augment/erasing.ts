/**
 * Random erasing: fills a rectangle of a picture, like a hand, hair or a cup that hides a part of a face.
 *
 * Ref: Zhong, Zheng, Kang, Li, Yang 2020, "Random Erasing Data Augmentation" (AAAI). Areas and fillings are the same.
 * Two things differ: aspect ratios are drawn uniformly on a logarithmic scale, so that flat and tall rectangles are
 * equally likely; and a side longer than the picture is clipped instead of drawn again, so that every picture makes
 * the same number of draws.
 */
import type { Random } from '../random.js';
import type { Size } from './affine.js';
import type { Erasing } from './augmentation.js';

/** A rectangle relative to the picture's width and height, so that it is the same at any size. */
export interface ErasedRectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly fill: Erasing['fill'];
}

/** Draws a rectangle, or none. All numbers are drawn at any probability, so that it does not move the rectangles. */
export function drawErasing(strengths: Erasing, random: Random): ErasedRectangle | undefined {
  const { probability, minArea, maxArea, aspect, fill } = strengths;
  const isErased = random.uniform() < probability;
  const area = minArea + random.uniform() * (maxArea - minArea);
  const heightByWidth = aspect ** (2 * random.uniform() - 1);
  const width = Math.min(1, Math.sqrt(area / heightByWidth));
  const height = Math.min(1, Math.sqrt(area * heightByWidth));
  const left = random.uniform() * (1 - width);
  const top = random.uniform() * (1 - height);
  return isErased ? { left, top, width, height, fill } : undefined;
}

/**
 * Fills a rectangle in place with integer grey values 0 … 255 from `random`, or with the picture's mean.
 *
 * @param picture grey values `[height, width]`
 */
export function eraseRectangle(
  picture: Float32Array,
  { width, height }: Size,
  rectangle: ErasedRectangle,
  random: Random,
): void {
  const left = Math.round(rectangle.left * width);
  const top = Math.round(rectangle.top * height);
  const right = Math.round((rectangle.left + rectangle.width) * width);
  const bottom = Math.round((rectangle.top + rectangle.height) * height);
  const mean = rectangle.fill === 'mean' ? meanGrey(picture) : undefined;
  for (let y = top; y < bottom; y++) {
    for (let i = y * width + left; i < y * width + right; i++) {
      picture[i] = mean ?? Math.floor(random.uniform() * 256);
    }
  }
}

export function meanGrey(picture: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < picture.length; i++) sum += picture[i]!;
  return sum / picture.length;
}
