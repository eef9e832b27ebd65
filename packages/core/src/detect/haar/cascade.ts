/**
 * A cascade of boosted stumps over Haar-like features, as plain data.
 *
 * A window passes if it passes every stage. A stage passes if the sum of its stumps' leaves reaches the stage's threshold.
 * A stump gives its left leaf if the feature's value, divided by the window's contrast, is below the stump's threshold,
 * otherwise its right leaf.
 */

/** One rectangle of a feature, in samples of the window. */
export interface WeightedRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** A whole number; the first rectangle of a feature has weight −1 and encloses the others. */
  readonly weight: number;
}

export interface Stump {
  readonly threshold: number;
  readonly left: number;
  readonly right: number;
  /** Two or three rectangles. */
  readonly rectangles: readonly WeightedRectangle[];
}

export interface Stage {
  readonly threshold: number;
  readonly stumps: readonly Stump[];
}

export interface Cascade {
  /** Side of the (square) window in samples. */
  readonly side: number;
  readonly stages: readonly Stage[];
  /** Copyright and licence of the trained data. */
  readonly notice: string;
}
