import type { Detection, Detector } from '../detect/detector.js';
import type { InputContract } from '../model/input-contract.js';
import type { CropGeometry } from '../model/manifest.js';
import { toCropRectangle } from './crop-rectangle.js';
import { toFaceBox } from './face-box.js';
import type { SimilarityTransform } from './similarity-transform.js';
import { rollOf, uprightTransform } from './upright-transform.js';

/**
 * Places the crop of a face that a network gets, in training and in use: the face's box, moved and scaled as the model's
 * manifest says, and rotated upright if eyes and mouth are known.
 *
 * @returns from pixels of the crop to pixels of the frame
 */
export function toCropTransform(
  detection: Pick<Detection, 'box' | 'wholeBox' | 'keyPoints'>,
  detector: Pick<Detector, 'boxToFace'>,
  crop: CropGeometry,
  input: Pick<InputContract, 'width' | 'height'>,
): SimilarityTransform {
  const { keyPoints, box, wholeBox = box } = detection;
  const rectangle = toCropRectangle(toFaceBox(detection, detector), crop, input);
  if (crop.upright !== true || keyPoints === undefined) return uprightTransform(rectangle, input);
  // Rotates around the centre of the detector's own box: the offset to the Haar cascade's box rotates with the head.
  const centre = { x: wholeBox.x + wholeBox.width / 2, y: wholeBox.y + wholeBox.height / 2 };
  return uprightTransform(rectangle, input, rollOf(keyPoints), centre);
}
