// The thresholds of quality: where accuracy has fallen by ten points.
// @ts-check

/**
 * @typedef {object} MeasuredCondition
 * @property {import('./conditions.js').Condition['group']} group
 * @property {number} value
 * @property {number} accuracy
 * @property {number} brightness  median over the pictures, as the next two
 * @property {number} contrast
 * @property {number} sharpness
 */

/** Points of accuracy, 0…1. */
export const FALL = 0.1;

/**
 * @param {readonly MeasuredCondition[]} measured  the pictures as they are first
 * @param {number} cleanSidePx  side of a face as it is
 */
export function chooseThresholds(measured, cleanSidePx) {
  const [clean] = measured;
  if (clean === undefined) throw new Error('nothing was measured');

  /**
   * A measure where accuracy has fallen by {@link FALL}, on the line between the two conditions around it.
   *
   * @param {MeasuredCondition['group']} group @param {(condition: MeasuredCondition) => number} measureOf
   */
  const whereAccuracyFalls = (group, measureOf) => {
    const steps = [clean, ...measured.filter((condition) => condition.group === group)];
    const limit = clean.accuracy - FALL;
    const after = steps.findIndex(({ accuracy }) => accuracy < limit);
    const [above, below] = [steps[after - 1], steps[after]];
    if (above === undefined || below === undefined)
      throw new Error(`${group}: accuracy does not fall by ${FALL}`);
    const share = (above.accuracy - limit) / (above.accuracy - below.accuracy);
    return measureOf(above) + share * (measureOf(below) - measureOf(above));
  };

  return {
    minSidePx: Math.ceil(whereAccuracyFalls('side', ({ value }) => value || cleanSidePx)),
    minBrightness: toTwoDigits(whereAccuracyFalls('dim ×', ({ brightness }) => brightness)),
    maxBrightness: toTwoDigits(whereAccuracyFalls('brighter ×', ({ brightness }) => brightness)),
    minSharpness: toTwoDigits(whereAccuracyFalls('blur σ', ({ sharpness }) => sharpness)),
    maxOutside: toTwoDigits(whereAccuracyFalls('cut off', ({ value }) => value)),
  };
}

/** @param {number} value */
function toTwoDigits(value) {
  return Number(value.toPrecision(2));
}
