import type { Box } from '../../geometry/box.js';
import type { Candidate } from '../candidate.js';

/** The network's outputs for the cells of one stride, row after row. */
export interface YuNetScale {
  /** Distance between cells in pixels of the input. */
  readonly stride: number;
  /** Cells per row. */
  readonly columns: number;
  /** `[cells]`: scores for a face, and for any object. */
  readonly faces: Float32Array;
  readonly objects: Float32Array;
  /** `[cells, 4]`: the centre relative to the cell's corner, and the logarithm of the size, in strides. */
  readonly boxes: Float32Array;
  /** `[cells, 10]`: eyes, nose and both corners of the mouth relative to the cell's corner, in strides. */
  readonly points: Float32Array;
}

const POINTS = 5;

/**
 * Decodes the outputs of one scale into candidates, in pixels of the frame. The key points are right eye, left eye, nose,
 * and the centre of the mouth (the mean of its corners).
 *
 * Ref: Wu, Peng, Yu, "YuNet: a tiny millisecond-level face detector", Machine Intelligence Research 2023; OpenCV's
 * FaceDetectorYN.
 */
export function decodeYuNet(
  { stride, columns, faces, objects, boxes, points }: YuNetScale,
  square: Box,
  /** Frame pixels per pixel of the input. */
  scale: number,
  threshold: number,
): Candidate[] {
  const candidates: Candidate[] = [];
  const unit = stride * scale;
  for (let cell = 0; cell < faces.length; cell++) {
    const score = Math.sqrt(toShare(faces[cell]!) * toShare(objects[cell]!));
    if (!(score >= threshold)) continue;
    const column = cell % columns;
    const row = (cell - column) / columns;
    const [dx, dy] = [boxes[4 * cell]!, boxes[4 * cell + 1]!];
    const width = Math.exp(boxes[4 * cell + 2]!) * unit;
    const height = Math.exp(boxes[4 * cell + 3]!) * unit;
    if (!Number.isFinite(width * height)) continue;
    const all = Array.from({ length: POINTS }, (_, i) => ({
      x: square.x + (column + points[2 * (POINTS * cell + i)]!) * unit,
      y: square.y + (row + points[2 * (POINTS * cell + i) + 1]!) * unit,
    }));
    const [rightEye, leftEye, nose, rightCorner, leftCorner] = all as [Point, Point, Point, Point, Point];
    const mouth = { x: (rightCorner.x + leftCorner.x) / 2, y: (rightCorner.y + leftCorner.y) / 2 };
    candidates.push({
      box: {
        x: square.x + (column + dx) * unit - width / 2,
        y: square.y + (row + dy) * unit - height / 2,
        width,
        height,
      },
      score,
      points: [rightEye, leftEye, nose, mouth].flatMap(({ x, y }) => [x, y]),
    });
  }
  return candidates;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function toShare(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
