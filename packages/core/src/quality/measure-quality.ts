/** Measures the quality of one face: the numbers behind its verdict. */
import { scaleOf, transformPoint, type SimilarityTransform } from '../align/similarity-transform.js';
import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import type { KeyPoints } from '../geometry/key-points.js';
import type { InputContract } from '../model/input-contract.js';
import type { QualityMeasures } from '../result.js';
import { measureCover } from './measure-cover.js';
import { measureLight } from './measure-light.js';
import { measurePose } from './measure-pose.js';
import { normalizeCrop } from './normalize-crop.js';

export interface MeasuredFace {
  /** The face's box in pixels of the frame. */
  readonly box: Box;
  readonly keyPoints?: KeyPoints | undefined;
  /** From pixels of the crop to pixels of the frame; the crop may lie beyond the frame's border. */
  readonly transform: SimilarityTransform;
  /** The model's input for this face: float32 `[height, width, channels]`. */
  readonly crop: Float32Array;
}

/** Side of a crop like those of FER2013, in sides of the face's box. */
const [LEAST_CROP, LARGEST_CROP] = [0.85, 1.2];

export function measureQuality(
  { box, keyPoints, transform, crop }: MeasuredFace,
  frame: Pick<Frame, 'width' | 'height'>,
  input: InputContract,
): QualityMeasures {
  const grey = normalizeCrop(crop, input);
  // Other crops show more or less of the head than the pictures that the measure was trained on.
  const cropSide = (scaleOf(transform) * input.width) / Math.max(box.width, box.height);
  const isUsualCrop = cropSide > LEAST_CROP && cropSide < LARGEST_CROP;
  return {
    sidePx: Math.max(box.width, box.height),
    ...measureLight(grey),
    ...(isUsualCrop && { covered: measureCover(grey) }),
    outside: shareOutside(transform, frame, input),
    ...(keyPoints && measurePose(keyPoints)),
  };
}

/** Share of the crop's pixels whose centre lies beyond the frame. */
function shareOutside(
  transform: SimilarityTransform,
  frame: Pick<Frame, 'width' | 'height'>,
  { width, height }: Pick<InputContract, 'width' | 'height'>,
): number {
  let outside = 0;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const centre = { x: (pixel % width) + 0.5, y: Math.floor(pixel / width) + 0.5 };
    const { x, y } = transformPoint(transform, centre);
    if (x < 0 || y < 0 || x > frame.width || y > frame.height) outside++;
  }
  return outside / (width * height);
}
