/**
 * The documented result of looking at one picture or at one moment of a video; what `mien analyze --format json`
 * prints, less its `source`. What belongs to moments alone is absent for a picture.
 */
import type { Box } from './geometry/box.js';
import type { KeyPoints } from './geometry/key-points.js';

/** Probability of every label of the model; they sum to 1 up to float32 rounding and are never rounded here. */
export type Probabilities = Readonly<Record<string, number>>;

/** What one face can be called; where several hold, the first of them. */
export const VERDICTS = [
  'notAFace',
  'cutOff',
  'small',
  'turned',
  'dark',
  'bright',
  'blurred',
  'good',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What the verdict is made of. The numbers of light and sharpness are of the crop that the model reads, in grey. */
export interface QualityMeasures {
  /** Side of the face in pixels, as wide as the Haar cascade would draw it: detectors' boxes differ. */
  readonly sidePx: number;
  /** Between the eyes, in pixels; absent where the detector knows no eyes. */
  readonly eyeDistancePx?: number;
  /** Mean, 0 (black) to 1 (white). */
  readonly brightness: number;
  /** Standard deviation, 0 to 0.5. */
  readonly contrast: number;
  /** Variance of the Laplacian of the crop at 48×48 with its contrast made 1: high is sharp, and light has no part in it. */
  readonly sharpness: number;
  /** Share of the crop that lies beyond the picture, 0 to 1. */
  readonly outside: number;
  /** How far the nose lies from the middle between the eyes, in distances of the eyes: 0 is frontal, + is to the right in the picture. */
  readonly yaw?: number;
  /** Where the nose lies on the way from the eyes (0) to the mouth (1): about a half is frontal. */
  readonly pitch?: number;
  /** Angle of the line through the eyes: 0 is level, + is clockwise in the picture. */
  readonly rollRad?: number;
}

export interface Quality {
  readonly verdict: Verdict;
  readonly measures: QualityMeasures;
}

/** What a followed face shows, steadied over time. */
export interface Smoothed {
  /** Without the detector's jitter. */
  readonly box: Box;
  /** As in {@link Face}, with the analyzer's reaction time. */
  readonly probabilities: Probabilities;
  /** Another expression takes over once it leads clearly, so this is not always the highest probability. */
  readonly expression: string;
  /** The first moment at which the face showed this expression: before it could be known, by about the reaction time. */
  readonly sinceMs: number;
}

export interface Face {
  /**
   * The same for the same face over time, 1 for the first one; also after it was hidden for up to a second, but not
   * after it left the frame: who someone is, is not known. Absent for a picture, and until a find is confirmed.
   */
  readonly id?: number;
  /** In pixels of the upright picture. */
  readonly box: Box;
  /** The detector's confidence. */
  readonly score: number;
  /** In pixels of the upright picture; absent where the detector knows none. */
  readonly keyPoints?: KeyPoints;
  /** Of this picture alone. Keys in the order of the model's manifest. */
  readonly probabilities: Probabilities;
  /** The label of the highest probability; the first one in manifest order on a tie. */
  readonly expression: string;
  /** Present for every face of a moment; absent for a picture. */
  readonly smoothed?: Smoothed;
  readonly quality: Quality;
  /** The reading should not be relied on: the quality is not `good`, or another expression is nearly as probable. */
  readonly unsure: boolean;
}

export interface Analysis {
  /** Size of the upright picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** The moment, as it was given; absent for a picture. */
  readonly timestampMs?: number;
  /** Of a moment: whether the whole frame was searched, or faces looked for where they had been and in a part of it. */
  readonly searched?: boolean;
  /** Id of the model that read the faces. */
  readonly model: string;
  /** Id of the detector that found them. */
  readonly detector: string;
  /** Empty when no face was found. */
  readonly faces: readonly Face[];
}
