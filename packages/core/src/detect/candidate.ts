import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import type { KeyPointName, KeyPoints } from '../geometry/key-points.js';
import type { Detection } from './detector.js';

/** A possible face at one anchor of a network's output, in fractional pixels of the frame. */
export interface Candidate {
  readonly box: Box;
  /** 0…1. */
  readonly score: number;
  /** Key points as x, y, x, y, …, in the order of the network's output. */
  readonly points: readonly number[];
}

/** Whether the centre of a box lies in the frame. */
export function isWithin({ x, y, width, height }: Box, frame: Frame): boolean {
  const [middleX, middleY] = [x + width / 2, y + height / 2];
  return middleX > 0 && middleY > 0 && middleX < frame.width && middleY < frame.height;
}

/**
 * Turns an accepted candidate into a detection. Its box is clipped to the frame; if that cuts it, the whole box is kept
 * in `wholeBox`.
 *
 * @param names of the key points, in their order: at least those that {@link KeyPoints} requires
 */
export function toDetection(
  { box, score, points }: Candidate,
  names: readonly KeyPointName[],
  frame: Frame,
): Detection {
  const [left, top] = [Math.max(box.x, 0), Math.max(box.y, 0)];
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const isCut = left > box.x || top > box.y || right > frame.width || bottom > frame.height;
  const named = names.map((name, i) => [name, { x: points[2 * i], y: points[2 * i + 1] }] as const);
  return {
    box: {
      x: left,
      y: top,
      width: Math.min(right, frame.width) - left,
      height: Math.min(bottom, frame.height) - top,
    },
    ...(isCut && { wholeBox: box }),
    score,
    keyPoints: Object.fromEntries(named) as unknown as KeyPoints,
  };
}
