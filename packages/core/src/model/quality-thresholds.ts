/**
 * Where a reading stops being good. A model's manifest may say so under `quality`; these defaults were measured on the
 * model that ships (`node bench/quality.js`; the table is in docs/LOG.md).
 */
export interface QualityThresholds {
  /** Longer side of the face's box in pixels; smaller is `small`. */
  readonly minSidePx: number;
  /** Mean of the crop, 0…1; below is `dark`, above is `bright`. */
  readonly minBrightness: number;
  readonly maxBrightness: number;
  /** Variance of the normalised crop's Laplacian; below is `blurred`. */
  readonly minSharpness: number;
  /** Of either sign; beyond is `turned`. */
  readonly maxYaw: number;
  readonly maxRollRad: number;
  readonly minPitch: number;
  readonly maxPitch: number;
  /** Share of the crop beyond the picture; more is `cutOff`. */
  readonly maxOutside: number;
  /** Lead of the expression's probability over any other's; below, the reading is unsure. */
  readonly minMargin: number;
}

/** Light, size, sharpness and what is cut off: where FER2013's accuracy is 10 points below that of good pictures. */
export const DEFAULT_QUALITY: QualityThresholds = {
  minSidePx: 28,
  minBrightness: 0.1,
  maxBrightness: 0.76,
  minSharpness: 0.08,
  // Of yaw and pitch FER2013 has too few that are far off: only these are read clearly worse.
  maxYaw: 0.6,
  // Upright crops of heads that lean are read no worse as far as was measured, to 75°; level ones from 0.5 on.
  maxRollRad: 1.3,
  minPitch: 0.1,
  maxPitch: 0.8,
  maxOutside: 0.35,
  // Below it, readings are wrong more often than right.
  minMargin: 0.3,
};

/** Limits of what a manifest may say: beyond them it is a mistake. */
export const QUALITY_LIMITS: Record<keyof QualityThresholds, readonly [low: number, high: number]> = {
  minSidePx: [0, 32_767],
  minBrightness: [0, 1],
  maxBrightness: [0, 1],
  minSharpness: [0, 1e6],
  maxYaw: [0, 10],
  maxRollRad: [0, Math.PI],
  minPitch: [-10, 10],
  maxPitch: [-10, 10],
  maxOutside: [0, 1],
  minMargin: [0, 1],
};
