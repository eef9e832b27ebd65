import type { Detection, Detector } from '../detect/detector.js';
import type { Box } from '../geometry/box.js';
import { WHOLE_BOX } from '../model/manifest.js';
import { toCropRectangle } from './crop-rectangle.js';

const SQUARE = { width: 1, height: 1 };

/**
 * The box that the Haar cascade would give for the same face, possibly beyond the picture. Detectors differ in how large
 * they draw a box; crop geometries are relative to the Haar cascade's.
 */
export function toFaceBox(
  { box, wholeBox = box }: Pick<Detection, 'box' | 'wholeBox'>,
  { boxToFace = WHOLE_BOX }: Pick<Detector, 'boxToFace'>,
): Box {
  return boxToFace === WHOLE_BOX ? wholeBox : toCropRectangle(wholeBox, boxToFace, SQUARE);
}
