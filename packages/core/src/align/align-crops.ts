/**
 * Cuts faces out of a frame with their eyes where a network expects them: upright however the head leans, and of one
 * size. Used only for a model whose manifest says where (`align`): one that was trained on boxes reads boxes better.
 */
import type { Detection } from '../detect/detector.js';
import type { Frame } from '../frame.js';
import type { KeyPoints, Point } from '../geometry/key-points.js';
import type { EyeTargets, InputContract } from '../model/manifest.js';
import {
  invertSimilarity,
  scaleOf,
  similarityBetween,
  transformPoint,
  type SimilarityTransform,
} from './similarity-transform.js';

/** A pixel of the crop is the mean of at most this many samples a side: enough for faces 8 times as large. */
const MAX_SAMPLES = 8;
/** Luma of RGB. Ref: ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Replaces the crops of all faces whose eyes are known.
 *
 * @param crops float32 `[faces, height, width, channels]`, in the order of the detections
 */
export function alignCrops(
  frame: Frame,
  detections: readonly Pick<Detection, 'keyPoints'>[],
  crops: Float32Array,
  targets: EyeTargets,
  input: InputContract,
): void {
  const length = input.height * input.width * input.channels;
  detections.forEach(({ keyPoints }, face) => {
    const alignment = keyPoints && toAlignment(keyPoints, targets, input);
    if (alignment !== undefined) crops.set(cropAligned(frame, alignment, input), face * length);
  });
}

/** From pixels of the frame to pixels of the crop; `undefined` where the eyes are in one place. */
export function toAlignment(
  { rightEye, leftEye }: KeyPoints,
  targets: EyeTargets,
  { width, height }: Pick<InputContract, 'width' | 'height'>,
): SimilarityTransform | undefined {
  const inPixels = ([x, y]: readonly [number, number]): Point => ({ x: x * width, y: y * height });
  return similarityBetween([rightEye, leftEye], [inPixels(targets.rightEye), inPixels(targets.leftEye)]);
}

/**
 * @param alignment as {@link toAlignment} gives it
 * @returns float32 `[height, width, channels]` in the input's range; beyond the frame its edge is repeated
 */
export function cropAligned(
  frame: Frame,
  alignment: SimilarityTransform,
  input: InputContract,
): Float32Array {
  const { width, height, channels, range } = input;
  const [low, high] = range;
  const toFrame = invertSimilarity(alignment);
  const samples = Math.min(MAX_SAMPLES, Math.max(1, Math.ceil(scaleOf(toFrame))));
  const crop = new Float32Array(height * width * channels);
  const colour = new Float32Array(3);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const [left, top] = [pixel % width, Math.floor(pixel / width)];
    colour.fill(0);
    for (let sample = 0; sample < samples ** 2; sample++) {
      const x = left + ((sample % samples) + 0.5) / samples;
      const y = top + (Math.floor(sample / samples) + 0.5) / samples;
      addSample(frame, transformPoint(toFrame, { x, y }), colour);
    }
    const scale = (high - low) / (255 * samples ** 2);
    if (channels === 1) {
      crop[pixel] = low + scale * (LUMA[0] * colour[0]! + LUMA[1] * colour[1]! + LUMA[2] * colour[2]!);
    } else {
      for (let c = 0; c < 3; c++) crop[pixel * 3 + c] = low + scale * colour[c]!;
    }
  }
  return crop;
}

/** Adds the colour at a place, bilinear; the centre of the first pixel is at (0.5, 0.5). */
function addSample({ data, width, height, channels }: Frame, { x, y }: Point, colour: Float32Array): void {
  const [column, row] = [clamp(x - 0.5, width - 1), clamp(y - 0.5, height - 1)];
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
  const [across, down] = [column - left, row - top];
  for (let c = 0; c < 3; c++) {
    const from = channels === 1 ? 0 : c;
    const at = (atX: number, atY: number) => data[(atY * width + atX) * channels + from]!;
    const above = at(left, top) + across * (at(right, top) - at(left, top));
    const below = at(left, bottom) + across * (at(right, bottom) - at(left, bottom));
    colour[c]! += above + down * (below - above);
  }
}

function clamp(value: number, most: number): number {
  return Math.min(Math.max(value, 0), most);
}
