/** Turns quality measures into a verdict: is the face good enough to be read, and if not, why? */
import type { ScoreTrust } from '../detect/detector.js';
import type { QualityThresholds } from '../model/quality-thresholds.js';
import type { Probabilities, QualityMeasures, Verdict } from '../result.js';

/** The first verdict of `VERDICTS` that applies. Those that make the other measures unreliable come first. */
export function judgeQuality(
  measures: QualityMeasures,
  score: number,
  thresholds: QualityThresholds,
  trust: ScoreTrust | undefined,
): Verdict {
  const { sidePx, brightness, sharpness, outside, covered = 0, yaw = 0, rollRad = 0, pitch } = measures;
  const isPitched = pitch !== undefined && (pitch < thresholds.minPitch || pitch > thresholds.maxPitch);
  if (trust !== undefined && score < trust.lowScoreThreshold) return 'notAFace';
  if (outside > thresholds.maxOutside) return 'cutOff';
  if (sidePx < thresholds.minSidePx) return 'small';
  if (isPitched || Math.abs(yaw) > thresholds.maxYaw || Math.abs(rollRad) > thresholds.maxRollRad)
    return 'turned';
  if (covered > thresholds.maxCovered) return 'covered';
  if (brightness < thresholds.minBrightness) return 'dark';
  if (brightness > thresholds.maxBrightness) return 'bright';
  if (sharpness < thresholds.minSharpness) return 'blurred';
  return 'good';
}

/** Probability of the expression minus the highest other one; negative if another expression is more probable. */
export function marginOf(probabilities: Probabilities, expression: string): number {
  let [own, other] = [0, 0];
  for (const [label, probability] of Object.entries(probabilities)) {
    if (label === expression) own = probability;
    else other = Math.max(other, probability);
  }
  return own - other;
}
