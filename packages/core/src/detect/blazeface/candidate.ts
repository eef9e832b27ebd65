import type { Box } from '../../geometry/box.js';

/** What one anchor of one look claims to be a face, in fractional pixels of the frame. */
export interface Candidate {
  readonly box: Box;
  /** 0…1. */
  readonly score: number;
  /** x and y in turn, in the order of the manifest's names. */
  readonly points: readonly number[];
}
