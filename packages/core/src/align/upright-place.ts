/**
 * Where a crop lies in the frame, as the similarity transform that leads from its pixels to the frame's: one form for
 * crops that are level and for those that lean with the head.
 *
 * Eyes and mouth give the angle, the face's box gives size and place. The eyes alone would do (two points are a
 * similarity transform), but their distance shrinks when a head turns aside, and they are found less steadily than a
 * box: of several ways this one read best (docs/LOG.md, "One crop for every detector").
 */
import type { Box } from '../geometry/box.js';
import type { KeyPoints, Point } from '../geometry/key-points.js';
import type { InputContract } from '../model/manifest.js';
import type { SimilarityTransform } from './similarity-transform.js';

/**
 * How far a head leans, clockwise in the picture: the angle of the line through the eyes and of the one from between
 * them to the mouth, each as much as it is long. So the mouth decides where the eyes fall together, in a profile.
 *
 * Turned back by a quarter the second is parallel to the first, and the sum of two vectors has the angle that is wanted.
 *
 * @returns −π … π; 0 where the points say nothing
 */
export function leanOf({ rightEye, leftEye, mouth }: KeyPoints): number {
  const [across, along] = [leftEye.x - rightEye.x, leftEye.y - rightEye.y];
  const downX = mouth.x - (rightEye.x + leftEye.x) / 2;
  const downY = mouth.y - (rightEye.y + leftEye.y) / 2;
  const angle = Math.atan2(along - downX, across + downY);
  return Number.isFinite(angle) ? angle : 0;
}

/**
 * A rectangle turned around a point.
 *
 * @param rectangle level, of the proportions of the input
 * @param angleRad clockwise in the picture
 * @returns from pixels of the crop to pixels of the frame
 */
export function placeOf(
  rectangle: Box,
  { width }: Pick<InputContract, 'width'>,
  angleRad = 0,
  pivot: Point = rectangle,
): SimilarityTransform {
  const step = rectangle.width / width;
  const [cos, sin] = [Math.cos(angleRad), Math.sin(angleRad)];
  const [dx, dy] = [rectangle.x - pivot.x, rectangle.y - pivot.y];
  return {
    a: step * cos,
    b: step * sin,
    x: pivot.x + cos * dx - sin * dy,
    y: pivot.y + sin * dx + cos * dy,
  };
}
