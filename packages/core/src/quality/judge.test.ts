import { describe, expect, it } from 'vitest';
import { DEFAULT_QUALITY as LIMITS } from '../model/quality-thresholds.js';
import { VERDICTS, type QualityMeasures } from '../result.js';
import { judgeQuality, marginOf } from './judge.js';

const GOOD: QualityMeasures = {
  sidePx: 200,
  eyeDistancePx: 80,
  brightness: 0.5,
  contrast: 0.2,
  sharpness: 0.6,
  outside: 0,
  yaw: 0,
  pitch: 0.5,
  rollRad: 0,
};
const TRUST = { lowScoreThreshold: 0.7, highScoreThreshold: 0.8 };
const judge = (change: Partial<QualityMeasures>, score = 0.9) =>
  judgeQuality({ ...GOOD, ...change }, score, LIMITS, TRUST);

describe('judgeQuality', () => {
  it.each([
    ['good', {}],
    ['small', { sidePx: LIMITS.minSidePx - 1 }],
    ['dark', { brightness: LIMITS.minBrightness - 0.01 }],
    ['bright', { brightness: LIMITS.maxBrightness + 0.01 }],
    ['blurred', { sharpness: LIMITS.minSharpness / 2 }],
    ['turned', { yaw: -LIMITS.maxYaw - 0.01 }],
    ['turned', { rollRad: -LIMITS.maxRollRad - 0.01 }],
    ['turned', { pitch: LIMITS.minPitch - 0.01 }],
    ['turned', { pitch: LIMITS.maxPitch + 0.01 }],
    ['covered', { covered: LIMITS.maxCovered + 0.01 }],
    ['cutOff', { outside: LIMITS.maxOutside + 0.01 }],
  ] as const)('says %s of %o', (verdict, change) => {
    expect(judge(change)).toBe(verdict);
  });

  it('is notAFace below the low score threshold, if the detector has one', () => {
    expect(judge({}, 0.69)).toBe('notAFace');
    expect(judgeQuality(GOOD, 0.01, LIMITS, undefined)).toBe('good');
  });

  it('judges a face without key points by the other measures', () => {
    const { sidePx, brightness, contrast, sharpness, outside } = GOOD;
    const rest = { sidePx, brightness, contrast, sharpness, outside };
    expect(judgeQuality(rest, 0.9, LIMITS, TRUST)).toBe('good');
  });

  it('gives the first verdict that applies, in the order of VERDICTS', () => {
    const reasons: Partial<QualityMeasures>[] = [
      { outside: 1 },
      { sidePx: 1 },
      { yaw: 9 },
      { covered: 1 },
      { brightness: 0 },
      { sharpness: 0 },
    ];
    const all = (from: number) =>
      reasons.slice(from).reduce((together, reason) => ({ ...together, ...reason }), {});
    const named = [judge(all(0), 0), ...[0, 1, 2, 3, 4, 5, 6].map((gone) => judge(all(gone)))];
    expect(named).toEqual(VERDICTS.filter((verdict) => verdict !== 'bright'));
  });
});

describe('marginOf', () => {
  it('is the lead over the next one, and negative if another one leads', () => {
    expect(marginOf({ a: 0.1, b: 0.7, c: 0.2 }, 'b')).toBeCloseTo(0.5, 12);
    expect(marginOf({ a: 0.1, b: 0.7, c: 0.2 }, 'c')).toBeCloseTo(-0.5, 12);
    expect(marginOf({ a: 1 }, 'a')).toBe(1);
  });
});
