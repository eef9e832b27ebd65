/**
 * The result of analysing one picture or one frame of a video: what `mien analyze --format json` prints, except `source`.
 * Fields that only make sense in a video are absent for a picture.
 */
import type { Box } from './geometry/box.js';
import type { KeyPoints } from './geometry/key-points.js';

/** Probability of every label of the model; they sum to 1 up to float32 rounding and are never rounded here. */
export type Probabilities = Readonly<Record<string, number>>;

/** Verdicts on the quality of a face. If several apply, the first one is given. */
export const VERDICTS = [
  'notAFace',
  'cutOff',
  'small',
  'turned',
  'covered',
  'dark',
  'bright',
  'blurred',
  'good',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The measures behind a verdict. Brightness, contrast and sharpness are those of the model's crop, in grey. */
export interface QualityMeasures {
  /** Longer side of the face in pixels, at the scale of the Haar cascade's box, so that detectors are comparable. */
  readonly sidePx: number;
  /** Distance between the eyes in pixels; absent if the detector gives no key points. */
  readonly eyeDistancePx?: number;
  /** Mean grey value, 0 (black) to 1 (white). */
  readonly brightness: number;
  /** Standard deviation of the grey values, 0 to 0.5. */
  readonly contrast: number;
  /** Variance of the Laplacian of the crop at 48×48, divided by its variance, so that it does not depend on the light. High is sharp. */
  readonly sharpness: number;
  /** Share of the crop that lies beyond the picture's border, 0 to 1. */
  readonly outside: number;
  /**
   * Whether something covers the face, such as a mask, a hand or sunglasses: 0 (free) to 1. Absent if the model's crops are
   * not like those of FER2013.
   */
  readonly covered?: number;
  /** Offset of the nose from the midpoint of the eyes, in eye distances: 0 is frontal, positive is to the right in the picture. */
  readonly yaw?: number;
  /** Position of the nose between the eyes (0) and the mouth (1): about 0.5 is frontal. */
  readonly pitch?: number;
  /** Angle of the line through the eyes in radians: 0 is level, positive is clockwise in the picture. */
  readonly rollRad?: number;
}

export interface Quality {
  readonly verdict: Verdict;
  readonly measures: QualityMeasures;
}

/** The reading of a followed face, smoothed over time. */
export interface Smoothed {
  /** Without the jitter of the detector's boxes. */
  readonly box: Box;
  /** As in {@link Face}, smoothed over the analyzer's response time. */
  readonly probabilities: Probabilities;
  /** The expression that is shown. It changes once another one leads clearly, so it is not always the most probable. */
  readonly expression: string;
  /** Time at which the face started to show this expression. Known only about a response time later. */
  readonly sinceMs: number;
}

export interface Face {
  /**
   * Number of the face in its video, from 1. A face keeps it while it is hidden for up to a second; after it has left the
   * frame it gets a new one, because faces are not recognised. Absent for a picture, and until the face is confirmed.
   */
  readonly id?: number;
  /** In pixels of the upright picture. */
  readonly box: Box;
  /** The detector's confidence; its scale depends on the detector. */
  readonly score: number;
  /** In pixels of the upright picture; absent if the detector gives none. */
  readonly keyPoints?: KeyPoints;
  /** Probabilities in this picture or frame alone, by label in the order of the model's manifest. */
  readonly probabilities: Probabilities;
  /** The label with the highest probability; on a tie the first in the manifest's order. */
  readonly expression: string;
  /** Present for every followed face of a video; absent for a picture. */
  readonly smoothed?: Smoothed;
  readonly quality: Quality;
  /** Do not rely on the reading: the quality is not `good`, or another expression is nearly as probable. */
  readonly unsure: boolean;
}

export interface Analysis {
  /** Size of the upright picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** Presentation time of the frame as passed in; absent for a picture. */
  readonly timestampMs?: number;
  /** Whether the whole frame was searched, instead of the places of known faces and a part of it; absent for a picture. */
  readonly searched?: boolean;
  /** Present and true for the first frame of another shot: no face is followed across a cut. Absent otherwise. */
  readonly cut?: boolean;
  /** Id of the model. */
  readonly model: string;
  /** Id of the detector. */
  readonly detector: string;
  /** Empty if no face was detected. */
  readonly faces: readonly Face[];
}
