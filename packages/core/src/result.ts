/** The documented result of looking at one picture; what `mien analyze --format json` prints, less its `source`. */
import type { Box } from './geometry/box.js';
import type { KeyPoints } from './geometry/key-points.js';

/** Probability of every label of the model; they sum to 1 up to float32 rounding and are never rounded here. */
export type Probabilities = Readonly<Record<string, number>>;

export interface Face {
  /** In pixels of the upright picture. */
  readonly box: Box;
  /** The detector's confidence. */
  readonly score: number;
  /** In pixels of the upright picture; absent where the detector knows none. */
  readonly keyPoints?: KeyPoints;
  /** Keys in the order of the model's manifest. */
  readonly probabilities: Probabilities;
  /** The label of the highest probability; the first one in manifest order on a tie. */
  readonly expression: string;
}

export interface Analysis {
  /** Size of the upright picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** Id of the model that read the faces. */
  readonly model: string;
  /** Id of the detector that found them. */
  readonly detector: string;
  /** Empty when no face was found. */
  readonly faces: readonly Face[];
}
