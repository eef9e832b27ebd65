import type { Box } from '../../geometry/box.js';
import type { Candidate } from '../candidate.js';

export interface LookOutputs {
  /** `[anchors, 4 + 2·points]`: centre, size and points in pixels of the input, centre and points from the anchor on. */
  readonly boxes: Float32Array;
  /** `[anchors]`: logits. */
  readonly scores: Float32Array;
}

export interface DecodeSettings {
  /** Centres `[anchors, 2]` in parts of the input. */
  readonly anchors: Float32Array;
  /** Of the input, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Key points of an anchor. */
  readonly points: number;
  /** Logits are clipped to −clipping … clipping. */
  readonly clipping: number;
  /** Least score, 0…1. */
  readonly threshold: number;
}

/**
 * From the network's outputs for one look to what it saw, in pixels of the frame.
 *
 * Ref: MediaPipe, TensorsToDetectionsCalculator with reverse_output_order and sigmoid_score.
 */
export function decodeLook(
  { boxes, scores }: LookOutputs,
  look: Box,
  { anchors, width, height, points, clipping, threshold }: DecodeSettings,
): Candidate[] {
  // sigmoid(x) ≥ threshold, without an exponential for each of the anchors.
  const least = Math.log(threshold / (1 - threshold));
  const [scaleX, scaleY] = [look.width / width, look.height / height];
  const row = 4 + 2 * points;
  const candidates: Candidate[] = [];
  for (let anchor = 0; anchor < scores.length; anchor++) {
    const logit = scores[anchor]!;
    if (!(logit >= least)) continue;
    const at = anchor * row;
    const originX = look.x + anchors[2 * anchor]! * look.width;
    const originY = look.y + anchors[2 * anchor + 1]! * look.height;
    const boxWidth = boxes[at + 2]! * scaleX;
    const boxHeight = boxes[at + 3]! * scaleY;
    // A box of no size, or of no number, is no face.
    if (!(boxWidth > 0 && boxHeight > 0)) continue;
    candidates.push({
      box: {
        x: originX + boxes[at]! * scaleX - boxWidth / 2,
        y: originY + boxes[at + 1]! * scaleY - boxHeight / 2,
        width: boxWidth,
        height: boxHeight,
      },
      score: 1 / (1 + Math.exp(-Math.min(Math.max(logit, -clipping), clipping))),
      points: Array.from({ length: 2 * points }, (_, i) =>
        i % 2 === 0 ? originX + boxes[at + 4 + i]! * scaleX : originY + boxes[at + 4 + i]! * scaleY,
      ),
    });
  }
  return candidates;
}
