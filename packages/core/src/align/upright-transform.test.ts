import { describe, expect, it } from 'vitest';
import type { Point } from '../geometry/key-points.js';
import { scaleOf, transformPoint } from './similarity-transform.js';
import { rollOf, uprightTransform } from './upright-transform.js';

const LEVEL = { rightEye: { x: 80, y: 100 }, leftEye: { x: 120, y: 100 }, mouth: { x: 100, y: 140 } };

/** Around a point of no meaning, clockwise in the picture. */
function turn({ x, y }: Point, angleRad: number): Point {
  const [cos, sin] = [Math.cos(angleRad), Math.sin(angleRad)];
  return { x: 7 + cos * x - sin * y, y: -3 + sin * x + cos * y };
}

function face({ rightEye, leftEye, mouth }: typeof LEVEL, angleRad = 0) {
  const points = [rightEye, leftEye, mouth].map((point) => turn(point, angleRad));
  const [right = rightEye, left = leftEye, below = mouth] = points;
  return { rightEye: right, leftEye: left, mouth: below, noseTip: right };
}

describe('rollOf', () => {
  it.each([-3, -1.2, -0.3, 0, 0.2, 0.9, 2.5])('is the angle by which a head is turned, %f', (angleRad) => {
    expect(rollOf(face(LEVEL, angleRad))).toBeCloseTo(angleRad, 12);
  });

  it('lets the mouth decide where the eyes fall together', () => {
    const profile = { ...LEVEL, rightEye: { x: 100, y: 99 }, leftEye: { x: 100, y: 101 } };
    expect(Math.abs(rollOf(face(profile)))).toBeLessThan(0.06); // The eyes alone would say a quarter turn.
    expect(rollOf(face({ ...LEVEL, rightEye: LEVEL.leftEye }, 0.4))).toBeCloseTo(
      0.4 + Math.atan2(20, 40),
      12,
    );
  });

  it('halves the mistake of a point', () => {
    const off = { ...LEVEL, leftEye: { x: 120, y: 104 } };
    const byEyes = Math.atan2(4, 40);
    expect(rollOf(face(off))).toBeGreaterThan(0);
    expect(rollOf(face(off))).toBeLessThan(0.6 * byEyes);
  });

  it('is 0 where the points say nothing', () => {
    const [one] = [{ x: 5, y: 5 }];
    expect(rollOf(face({ rightEye: one, leftEye: one, mouth: one }))).toBe(0);
    expect(rollOf(face({ ...LEVEL, mouth: { x: NaN, y: 0 } }))).toBe(0);
  });
});

describe('uprightTransform', () => {
  const rectangle = { x: 30, y: 40, width: 96, height: 96 };
  const corners = (place: ReturnType<typeof uprightTransform>) =>
    [0, 48].map((at) => transformPoint(place, { x: at, y: at }));

  it('leads from the crop to the rectangle while that is level', () => {
    const place = uprightTransform(rectangle, { width: 48 });
    expect(corners(place)).toEqual([
      { x: 30, y: 40 },
      { x: 126, y: 136 },
    ]);
  });

  it('turns it around a point, which stays where it is in the crop', () => {
    const pivot = { x: 100, y: 60 };
    for (const angleRad of [-2, -0.5, 0.1, 3]) {
      const place = uprightTransform(rectangle, { width: 48 }, angleRad, pivot);
      const inCrop = { x: (pivot.x - 30) / 2, y: (pivot.y - 40) / 2 };
      const { x, y } = transformPoint(place, inCrop);
      expect([x, y]).toEqual([expect.closeTo(100, 9), expect.closeTo(60, 9)]);
      expect(scaleOf(place)).toBeCloseTo(2, 12);
      const ahead = transformPoint(place, { x: inCrop.x + 1, y: inCrop.y });
      expect(Math.atan2(ahead.y - 60, ahead.x - 100)).toBeCloseTo(angleRad, 12);
    }
  });
});
