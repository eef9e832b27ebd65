import { leanOf, placeOf } from './upright-place.js';
import type { SimilarityTransform } from './similarity-transform.js';
import type { Detection, Detector } from '../detect/detector.js';
import type { CropGeometry, InputContract } from '../model/manifest.js';
import { toCropRectangle } from './crop-rectangle.js';
import { toFaceBox } from './face-box.js';

/**
 * What a network is shown of a face, in training as in use: the face's box, moved and scaled as the model's manifest
 * says, and turned upright where its eyes and mouth are known.
 *
 * @returns from pixels of the crop to pixels of the frame
 */
export function toCropPlace(
  detection: Pick<Detection, 'box' | 'wholeBox' | 'keyPoints'>,
  detector: Pick<Detector, 'boxToFace'>,
  crop: CropGeometry,
  input: Pick<InputContract, 'width' | 'height'>,
): SimilarityTransform {
  const { keyPoints, box, wholeBox = box } = detection;
  const rectangle = toCropRectangle(toFaceBox(detection, detector), crop, input);
  if (crop.upright !== true || keyPoints === undefined) return placeOf(rectangle, input);
  // Of the detector's own box: where another detector's would lie leans along with the head.
  const middle = { x: wholeBox.x + wholeBox.width / 2, y: wholeBox.y + wholeBox.height / 2 };
  return placeOf(rectangle, input, leanOf(keyPoints), middle);
}
