import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import type { KeyPoints } from '../geometry/key-points.js';
import type { BoxGeometry } from '../model/manifest.js';

/** One detected face, in pixels of the frame. */
export interface Detection {
  /** Clipped to the frame. */
  readonly box: Box;
  /** The box before clipping; absent if the frame does not cut it. */
  readonly wholeBox?: Box;
  /** The detector's confidence. Its scale differs between detectors; see the detector's manifest. */
  readonly score: number;
  /** Absent if the detector has none. */
  readonly keyPoints?: KeyPoints;
}

/** What the scores of a detector mean, measured on data. */
export interface ScoreTrust {
  /** A detection with a lower score is probably not a face. */
  readonly lowScoreThreshold: number;
  /** A detection with at least this score gets an id at once; others have to be detected again first. */
  readonly highScoreThreshold: number;
}

/**
 * Detects faces in one frame. Detectors keep no state between frames except scratch memory: the same frame gives the same
 * detections. Their order is the detector's: by descending score, or in scan order.
 */
export interface Detector {
  /** The detector's id in results, such as `haar`. */
  readonly id: string;
  /**
   * Maps this detector's box to the box that the Haar cascade would give for the same face; a classifier's crop geometry
   * is relative to that box. Default: the box as it is.
   */
  readonly boxToFace?: BoxGeometry;
  /** What its scores mean; absent if not measured. */
  readonly trust?: ScoreTrust;
  /** Searches the whole frame. */
  detect(frame: Frame): readonly Detection[];
  /**
   * Searches a still picture, for faces too that are small in a large picture; slower than `detect`. Absent if that makes no
   * difference.
   */
  detectInPicture?(frame: Frame): readonly Detection[];
  /**
   * Detects the face near its box in the previous frame; `undefined` if it is gone. Much cheaper than a search, but it
   * does not detect other faces. Absent if the detector cannot do it.
   */
  detectAt?(frame: Frame, box: Box): Detection | undefined;
  /**
   * The parts that a search of a frame consists of, so that a search can be spread over several frames. Together they
   * cover the frame. Absent if splitting saves nothing.
   */
  searchParts?(size: Pick<Frame, 'width' | 'height'>): readonly Box[];
  /** Searches some of those parts, with the same quality as `detect`. Present if `searchParts` is. */
  detectIn?(frame: Frame, parts: readonly Box[]): readonly Detection[];
  /** Releases scratch memory; the detector must not be used afterwards. */
  dispose(): void;
}
