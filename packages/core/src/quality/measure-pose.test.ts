import { describe, expect, it } from 'vitest';
import type { KeyPoints, Point } from '../geometry/key-points.js';
import { measurePose } from './measure-pose.js';

/** Frontal and level, eyes 40 px apart. */
const FRONTAL = {
  rightEye: { x: 80, y: 100 },
  leftEye: { x: 120, y: 100 },
  noseTip: { x: 100, y: 122 },
  mouth: { x: 100, y: 140 },
} satisfies KeyPoints;

function turned(angleRad: number, { x, y }: Point): Point {
  const [cos, sin] = [Math.cos(angleRad), Math.sin(angleRad)];
  return { x: cos * x - sin * y, y: sin * x + cos * y };
}

describe('measurePose', () => {
  it('is level and straight for a frontal face', () => {
    const { eyeDistancePx, yaw, pitch, rollRad } = measurePose(FRONTAL);
    expect([eyeDistancePx, yaw, rollRad]).toEqual([40, 0, 0]);
    expect(pitch).toBeCloseTo(22 / 40, 12);
  });

  it.each([-2, -0.5, 0.3, 1.2])('does not change yaw and pitch by a roll of %f rad', (angleRad) => {
    const looksAside = { ...FRONTAL, noseTip: { x: 110, y: 116 } };
    const leaning = {
      rightEye: turned(angleRad, looksAside.rightEye),
      leftEye: turned(angleRad, looksAside.leftEye),
      noseTip: turned(angleRad, looksAside.noseTip),
      mouth: turned(angleRad, looksAside.mouth),
    };
    const pose = measurePose(leaning);
    expect(pose.rollRad).toBeCloseTo(angleRad, 10);
    expect(pose.yaw).toBeCloseTo(0.25, 10); // To the right in the picture.
    expect(pose.pitch).toBeCloseTo(0.4, 10);
  });

  it('stays finite if points coincide', () => {
    const [one] = [{ x: 5, y: 5 }];
    const pose = measurePose({ rightEye: one, leftEye: one, noseTip: one, mouth: one });
    expect(Object.values(pose).every(Number.isFinite)).toBe(true);
  });
});
