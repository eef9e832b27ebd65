/**
 * What is read from one frame of a video, before its faces are followed: plain data, which JSON keeps exactly.
 *
 * Reading is the work; following is cheap. So workers read the chunks of a video in any order, and one of them follows the
 * readings of all chunks in the order of their times. `Analyzer.analyzeFrame` is the same two steps in one.
 */
import type { Analysis } from './result.js';
import type { ShotView } from './track/shot-boundary.js';

export interface Reading extends Omit<Analysis, 'cut'> {
  readonly timestampMs: number;
  readonly searched: boolean;
  /** Whether the frame begins another shot; absent if that depends on the chunk before, and is decided when it is followed. */
  readonly cut?: boolean;
  /**
   * The last frame of its chunk that shows something. When readings are stored, it is needed only for those without `cut` and
   * for the last one of a chunk.
   */
  readonly view?: ShotView;
}
