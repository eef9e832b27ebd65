import type { Box } from '../../geometry/box.js';
import type { Candidate } from '../candidate.js';

/** The network's outputs for one tile. */
export interface TileOutputs {
  /** `[anchors, 4 + 2·points]`: centre, size and key points in input pixels; centre and points relative to the anchor. */
  readonly boxes: Float32Array;
  /** `[anchors]`: logits. */
  readonly scores: Float32Array;
}

export interface DecodeSettings {
  /** Anchor centres `[anchors, 2]`, x and y as shares of the input's sides. */
  readonly anchors: Float32Array;
  /** Size of the input in pixels. */
  readonly width: number;
  readonly height: number;
  /** Key points per anchor. */
  readonly points: number;
  /** Logits are clipped to −clipping … clipping. */
  readonly clipping: number;
  /** Lowest score of a candidate, 0…1. */
  readonly threshold: number;
}

/**
 * Decodes the network's outputs for one tile into candidates, in pixels of the frame.
 *
 * Ref: MediaPipe, TensorsToDetectionsCalculator with reverse_output_order and sigmoid_score.
 */
export function decodeTile(
  { boxes, scores }: TileOutputs,
  tile: Box,
  { anchors, width, height, points, clipping, threshold }: DecodeSettings,
): Candidate[] {
  // sigmoid(x) ≥ threshold, without computing an exponential per anchor.
  const minLogit = Math.log(threshold / (1 - threshold));
  const [scaleX, scaleY] = [tile.width / width, tile.height / height];
  const row = 4 + 2 * points;
  const candidates: Candidate[] = [];
  for (let anchor = 0; anchor < scores.length; anchor++) {
    const logit = scores[anchor]!;
    if (!(logit >= minLogit)) continue;
    const at = anchor * row;
    const originX = tile.x + anchors[2 * anchor]! * tile.width;
    const originY = tile.y + anchors[2 * anchor + 1]! * tile.height;
    const boxWidth = boxes[at + 2]! * scaleX;
    const boxHeight = boxes[at + 3]! * scaleY;
    // Skips empty boxes and NaN.
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
