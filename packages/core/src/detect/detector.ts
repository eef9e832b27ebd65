import type { Frame } from '../frame.js';
import type { Box } from '../geometry/box.js';

/** One found face, in pixels of the frame. */
export interface Detection {
  readonly box: Box;
  /** The detector's own confidence; its scale belongs to the detector and its manifest says what it is. */
  readonly score: number;
}

/**
 * Finds faces in one frame. Detectors keep no state between frames beyond scratch memory:
 * the same frame gives the same detections, best supported or first found first.
 */
export interface Detector {
  /** The id that results carry, such as `haar`. */
  readonly id: string;
  detect(frame: Frame): readonly Detection[];
  /** Releases scratch memory; the detector must not be used afterwards. */
  dispose(): void;
}
