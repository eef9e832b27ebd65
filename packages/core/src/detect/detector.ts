import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';
import type { KeyPoints } from '../geometry/key-points.js';
import type { BoxGeometry } from '../model/manifest.js';

/** One found face, in pixels of the frame. */
export interface Detection {
  /** Within the frame. */
  readonly box: Box;
  /** As far as the face goes where the frame ends before it does; absent where that is its box. */
  readonly wholeBox?: Box;
  /** The detector's own confidence; its scale belongs to the detector and its manifest says what it is. */
  readonly score: number;
  /** Absent where the detector knows none. */
  readonly keyPoints?: KeyPoints;
}

/** How far the scores of a detector can be believed, from data. */
export interface ScoreTrust {
  /** Below it a find is probably not a face. */
  readonly doubtfulBelow: number;
  /** From it on a find is a face at first sight; others must be there again a moment later to be given an id. */
  readonly sureFrom: number;
}

/**
 * Finds faces in one frame. Detectors keep no state between frames beyond scratch memory:
 * the same frame gives the same detections, best supported or first found first.
 */
export interface Detector {
  /** The id that results carry, such as `haar`. */
  readonly id: string;
  /**
   * How large and where the Haar cascade would have drawn the box of the same face: what classifiers were trained to
   * see is told relative to that one. Default: its box as it is.
   */
  readonly boxToFace?: BoxGeometry;
  /** What its scores are worth; absent where nobody measured it. */
  readonly trust?: ScoreTrust;
  detect(frame: Frame): readonly Detection[];
  /**
   * Looks only where a face was a moment ago; `undefined` where none is now. Far cheaper than a search, but another
   * face is not found this way. Absent where a detector has no such shortcut.
   */
  detectAt?(frame: Frame, box: Box): Detection | undefined;
  /**
   * The parts of the frame that a search is made of, together all of it, so that a search can be spread over several
   * moments. Absent where nothing is gained by that.
   */
  searchParts?(size: Pick<Frame, 'width' | 'height'>): readonly Box[];
  /** The faces in some of those parts, each as certain as one of `detect`. Present where `searchParts` is. */
  detectIn?(frame: Frame, parts: readonly Box[]): readonly Detection[];
  /** Releases scratch memory; the detector must not be used afterwards. */
  dispose(): void;
}
