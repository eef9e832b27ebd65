/**
 * Limits of good quality. A model's manifest can set them under `quality`; the defaults were measured on mini-xception
 * (docs/LOG.md has the table). `node bench/quality.js` measures a model's own, as those of nano and base were.
 */
export interface QualityThresholds {
  /** Longer side of the face's box in pixels; below it, the verdict is `small`. */
  readonly minSidePx: number;
  /** Mean of the crop, 0…1; below it, the verdict is `dark`, above `maxBrightness` `bright`. */
  readonly minBrightness: number;
  readonly maxBrightness: number;
  /** Variance of the Laplacian of the normalised crop; below it, the verdict is `blurred`. */
  readonly minSharpness: number;
  /** Absolute value; above it, the verdict is `turned`, as for roll and pitch. */
  readonly maxYaw: number;
  readonly maxRollRad: number;
  readonly minPitch: number;
  readonly maxPitch: number;
  /** Above it, the verdict is `covered`. */
  readonly maxCovered: number;
  /** Share of the crop beyond the picture's border; above it, the verdict is `cutOff`. */
  readonly maxOutside: number;
  /** Lead of the expression's probability over the next one; below it, the reading is unsure. */
  readonly minMargin: number;
}

/** Limits for size, light, sharpness and cut-off: where the accuracy on FER2013 is 10 points below that of good pictures. */
export const DEFAULT_QUALITY: QualityThresholds = {
  minSidePx: 28,
  minBrightness: 0.1,
  maxBrightness: 0.76,
  minSharpness: 0.08,
  // FER2013 has few faces with large yaw or pitch: beyond these values, accuracy is clearly lower.
  maxYaw: 0.6,
  // With upright crops, roll does not lower the accuracy up to 75° (the limit of the test); with level ones from 0.5 on.
  maxRollRad: 1.3,
  minPitch: 0.1,
  maxPitch: 0.8,
  maxCovered: 0.5,
  maxOutside: 0.35,
  // With a smaller margin, readings are more often wrong than right.
  minMargin: 0.3,
};

/** Valid range of each threshold in a manifest. */
export const QUALITY_LIMITS: Record<keyof QualityThresholds, readonly [low: number, high: number]> = {
  minSidePx: [0, 32_767],
  minBrightness: [0, 1],
  maxBrightness: [0, 1],
  minSharpness: [0, 1e6],
  maxYaw: [0, 10],
  maxRollRad: [0, Math.PI],
  minPitch: [-10, 10],
  maxPitch: [-10, 10],
  maxCovered: [0, 1],
  maxOutside: [0, 1],
  minMargin: [0, 1],
};
