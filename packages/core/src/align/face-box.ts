import type { Detection, Detector } from '../detect/detector.js';
import type { Box } from '../geometry/box.js';
import { WHOLE_BOX } from '../model/manifest.js';
import { toCropRectangle } from './crop-rectangle.js';

const SQUARE = { width: 1, height: 1 };

/**
 * The box that the Haar cascade would have drawn around the same face, possibly beyond the picture: detectors differ in
 * what they call a face, and a classifier's crop is told relative to that one.
 */
export function toFaceBox(
  { box, wholeBox = box }: Pick<Detection, 'box' | 'wholeBox'>,
  { boxToFace = WHOLE_BOX }: Pick<Detector, 'boxToFace'>,
): Box {
  return boxToFace === WHOLE_BOX ? wholeBox : toCropRectangle(wholeBox, boxToFace, SQUARE);
}
