/**
 * Turning, scaling and moving, nothing else: what brings two eyes to where they are wanted and leaves a face's shape as
 * it is.
 *
 *   x' = a·x − b·y + x₀        a = scale · cos φ
 *   y' = b·x + a·y + y₀        b = scale · sin φ
 */
import type { Point } from '../geometry/key-points.js';

export interface SimilarityTransform {
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
}

/** A pair of places, such as those of the right and the left eye. */
export type PointPair = readonly [Point, Point];

/**
 * The one transform that brings two points to two others; `undefined` where the first two (or the others) are one
 * point, which says nothing of direction and size.
 *
 * With points as complex numbers it is z' = m·z + t, so m = (w₂ − w₁) / (z₂ − z₁) and t = w₁ − m·z₁.
 */
export function similarityBetween(
  [from, from2]: PointPair,
  [to, to2]: PointPair,
): SimilarityTransform | undefined {
  const [dx, dy] = [from2.x - from.x, from2.y - from.y];
  const [ex, ey] = [to2.x - to.x, to2.y - to.y];
  const square = dx ** 2 + dy ** 2;
  if (!(square > 0) || !(ex ** 2 + ey ** 2 > 0)) return undefined;
  const a = (ex * dx + ey * dy) / square;
  const b = (ey * dx - ex * dy) / square;
  return { a, b, x: to.x - (a * from.x - b * from.y), y: to.y - (b * from.x + a * from.y) };
}

/** The transform that leads back. */
export function invertSimilarity({ a, b, x, y }: SimilarityTransform): SimilarityTransform {
  const square = a ** 2 + b ** 2;
  return { a: a / square, b: -b / square, x: -(a * x + b * y) / square, y: (b * x - a * y) / square };
}

export function transformPoint({ a, b, x, y }: SimilarityTransform, point: Point): Point {
  return { x: a * point.x - b * point.y + x, y: b * point.x + a * point.y + y };
}

/** By what lengths grow. */
export function scaleOf({ a, b }: SimilarityTransform): number {
  return Math.hypot(a, b);
}
