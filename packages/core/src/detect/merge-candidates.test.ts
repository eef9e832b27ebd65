import { describe, expect, it } from 'vitest';
import type { Candidate } from './candidate.js';
import { blendCandidates, suppressCandidates } from './merge-candidates.js';

const SETTINGS = { overlap: 0.3, inside: 0.6 };
const face = (x: number, y: number, side: number, score: number): Candidate => {
  return { box: { x, y, width: side, height: side }, score, points: [x, y] };
};

describe('blendCandidates', () => {
  it('merges overlapping candidates to their mean by score, with the best score', () => {
    const [blended, ...others] = blendCandidates([face(0, 0, 10, 0.6), face(2, 4, 10, 0.9)], SETTINGS);
    expect(others).toEqual([]);
    expect(blended?.score).toBe(0.9);
    expect(blended?.box.x).toBeCloseTo(1.2, 12); // (0 · 0.6 + 2 · 0.9) / 1.5
    expect(blended?.box.y).toBeCloseTo(2.4, 12);
    expect(blended?.box.width).toBeCloseTo(10, 12);
    expect(blended?.points[0]).toBeCloseTo(1.2, 12);
  });

  it('keeps separate candidates, best first, and is idempotent', () => {
    const apart = [face(0, 0, 10, 0.6), face(50, 0, 10, 0.8), face(8, 0, 10, 0.7)];
    const blended = blendCandidates(apart, SETTINGS);
    expect(blended.map(({ score }) => score)).toEqual([0.8, 0.7, 0.6]);
    expect(blendCandidates(blended, SETTINGS)).toEqual(blended);
    expect(blendCandidates([], SETTINGS)).toEqual([]);
  });
});

describe('suppressCandidates', () => {
  it('keeps the best candidate of a face unchanged', () => {
    const best = face(1, 1, 10, 0.9);
    expect(suppressCandidates([face(0, 0, 10, 0.8), best, face(2, 2, 10, 0.7)], SETTINGS)).toEqual([best]);
  });

  it('drops candidates mostly inside a better one, however small their overlap', () => {
    const whole = face(0, 0, 40, 0.9);
    expect(suppressCandidates([face(20, 20, 10, 0.8), whole], SETTINGS)).toEqual([whole]);
  });

  it('keeps a worse candidate around a better one, and one that is half inside', () => {
    const found = [face(20, 20, 10, 0.9), face(0, 0, 40, 0.8), face(35, 0, 10, 0.7)];
    expect(suppressCandidates(found, SETTINGS)).toEqual(found);
  });

  it('keeps a small face in front of a large one, but not its eye', () => {
    // Eyes at 30 and 70, nose, mouth.
    const large = { ...face(0, 0, 100, 0.9), points: [30, 35, 70, 35, 50, 55, 50, 75] };
    const small = face(75, 50, 20, 0.8);
    const eye = face(60, 26, 20, 0.8);
    const half = face(40, 40, 60, 0.8);
    const settings = { ...SETTINGS, inFront: 0.5 };
    expect(suppressCandidates([large, small, eye, half], settings)).toEqual([large, small]);
    expect(suppressCandidates([large, small], SETTINGS)).toEqual([large]);
  });

  it('keeps the first of equals', () => {
    const [first, second] = [face(0, 0, 10, 0.9), face(1, 0, 10, 0.9)];
    expect(suppressCandidates([first, second], SETTINGS)).toEqual([first]);
  });
});
