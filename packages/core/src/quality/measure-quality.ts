/** How good the picture of one face is, in numbers: what the verdict is made of. */
import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import type { KeyPoints } from '../geometry/key-points.js';
import type { InputContract } from '../model/manifest.js';
import type { QualityMeasures } from '../result.js';
import { measureLight } from './measure-light.js';
import { measurePose } from './measure-pose.js';
import { normaliseCrop } from './normalise-crop.js';

export interface MeasuredFace {
  /** The face's box in pixels of the frame. */
  readonly box: Box;
  readonly keyPoints?: KeyPoints | undefined;
  /** The part of the frame that the model reads, possibly beyond its border. */
  readonly rectangle: Box;
  /** That part as the model is given it: float32 `[height, width, channels]`. */
  readonly crop: Float32Array;
}

export function measureQuality(
  { box, keyPoints, rectangle, crop }: MeasuredFace,
  frame: Pick<Frame, 'width' | 'height'>,
  input: InputContract,
): QualityMeasures {
  return {
    sidePx: Math.max(box.width, box.height),
    ...measureLight(normaliseCrop(crop, input)),
    outside: 1 - shareWithin(rectangle, frame),
    ...(keyPoints && measurePose(keyPoints)),
  };
}

/** Share of a rectangle's area that lies in the frame. */
function shareWithin({ x, y, width, height }: Box, frame: Pick<Frame, 'width' | 'height'>): number {
  const across = Math.min(x + width, frame.width) - Math.max(x, 0);
  const down = Math.min(y + height, frame.height) - Math.max(y, 0);
  return (Math.max(across, 0) * Math.max(down, 0)) / (width * height);
}
