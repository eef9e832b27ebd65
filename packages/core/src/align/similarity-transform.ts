/**
 * Similarity transforms: rotation, uniform scaling and translation. They bring faces upright and to one size without
 * changing their shape.
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

export function transformPoint({ a, b, x, y }: SimilarityTransform, point: Point): Point {
  return { x: a * point.x - b * point.y + x, y: b * point.x + a * point.y + y };
}

/** The factor by which lengths grow. */
export function scaleOf({ a, b }: SimilarityTransform): number {
  return Math.hypot(a, b);
}
