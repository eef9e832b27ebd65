import type { Face } from '@mien/core';
import type { PictureAnalysis } from '../picture-analysis.js';

/** What was seen in one frame of a source; what every output format is made of. */
export interface Moment extends PictureAnalysis {
  /** Absent for a picture. */
  readonly timestampMs?: number;
  readonly faces: readonly MomentFace[];
}

/** A face that may have been followed. */
export interface MomentFace extends Face {
  readonly id?: number;
}

/** What a person calls a face: its id, or its place in a picture where nobody is followed. */
export function numberOf(face: MomentFace, index: number): number {
  return face.id ?? index + 1;
}
