/**
 * Places a crop in the frame, as the similarity transform from pixels of the crop to pixels of the frame. Level crops and
 * crops that are rotated with the head have the same form.
 *
 * Eyes and mouth give the angle, the face's box gives size and position. Two eyes would be enough (two points define a
 * similarity transform), but their distance shrinks when a head turns to the side, and they are detected less steadily
 * than a box. Of several ways, this one gave the best accuracy (docs/LOG.md, "One crop for every detector").
 */
import type { Box } from '../geometry/box.js';
import type { KeyPoints, Point } from '../geometry/key-points.js';
import type { InputContract } from '../model/input-contract.js';
import type { SimilarityTransform } from './similarity-transform.js';

/**
 * Roll of a head: its rotation in the picture, clockwise. It combines two directions, the line through the eyes and the
 * line from between the eyes to the mouth, each weighted by its length. In a profile, where the eyes coincide, the mouth
 * decides.
 *
 * Rotated back by 90°, the second line is parallel to the first one; the angle is that of the sum of both vectors.
 *
 * @returns −π … π; 0 if all points coincide
 */
export function rollOf({ rightEye, leftEye, mouth }: KeyPoints): number {
  const [across, along] = [leftEye.x - rightEye.x, leftEye.y - rightEye.y];
  const downX = mouth.x - (rightEye.x + leftEye.x) / 2;
  const downY = mouth.y - (rightEye.y + leftEye.y) / 2;
  const angle = Math.atan2(along - downX, across + downY);
  return Number.isFinite(angle) ? angle : 0;
}

/**
 * Rotates a rectangle around a point.
 *
 * @param rectangle a level rectangle with the aspect ratio of the input
 * @param angleRad clockwise in the picture
 * @returns from pixels of the crop to pixels of the frame
 */
export function uprightTransform(
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
