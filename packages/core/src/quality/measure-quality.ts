/** Measures the quality of one face: the numbers behind its verdict. */
import { transformPoint, type SimilarityTransform } from '../align/similarity-transform.js';
import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import type { KeyPoints } from '../geometry/key-points.js';
import type { InputContract } from '../model/input-contract.js';
import type { QualityMeasures } from '../result.js';
import { measureLight } from './measure-light.js';
import { measurePose } from './measure-pose.js';
import { normaliseCrop } from './normalise-crop.js';

export interface MeasuredFace {
  /** The face's box in pixels of the frame. */
  readonly box: Box;
  readonly keyPoints?: KeyPoints | undefined;
  /** From pixels of the crop to pixels of the frame; the crop may lie beyond the frame's border. */
  readonly transform: SimilarityTransform;
  /** The model's input for this face: float32 `[height, width, channels]`. */
  readonly crop: Float32Array;
}

export function measureQuality(
  { box, keyPoints, transform, crop }: MeasuredFace,
  frame: Pick<Frame, 'width' | 'height'>,
  input: InputContract,
): QualityMeasures {
  return {
    sidePx: Math.max(box.width, box.height),
    ...measureLight(normaliseCrop(crop, input)),
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
