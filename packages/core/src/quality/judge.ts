/** From measures to a word: is this face good enough to be read, and if not, why? */
import type { ScoreTrust } from '../detect/detector.js';
import type { QualityThresholds } from '../model/quality-thresholds.js';
import type { Probabilities, QualityMeasures, Verdict } from '../result.js';

/** The first reason that holds, in the order of `VERDICTS`: what makes the others doubtful comes first. */
export function judgeQuality(
  measures: QualityMeasures,
  score: number,
  thresholds: QualityThresholds,
  trust: ScoreTrust | undefined,
): Verdict {
  const { sidePx, brightness, sharpness, outside, yaw = 0, rollRad = 0, pitch } = measures;
  const nods = pitch !== undefined && (pitch < thresholds.minPitch || pitch > thresholds.maxPitch);
  if (trust !== undefined && score < trust.doubtfulBelow) return 'notAFace';
  if (outside > thresholds.maxOutside) return 'cutOff';
  if (sidePx < thresholds.minSidePx) return 'small';
  if (nods || Math.abs(yaw) > thresholds.maxYaw || Math.abs(rollRad) > thresholds.maxRollRad) return 'turned';
  if (brightness < thresholds.minBrightness) return 'dark';
  if (brightness > thresholds.maxBrightness) return 'bright';
  if (sharpness < thresholds.minSharpness) return 'blurred';
  return 'good';
}

/** How far the expression leads every other one; below 0 where another one is more probable. */
export function marginOf(probabilities: Probabilities, expression: string): number {
  let [own, other] = [0, 0];
  for (const [label, probability] of Object.entries(probabilities)) {
    if (label === expression) own = probability;
    else other = Math.max(other, probability);
  }
  return own - other;
}
