import { describe, expect, it } from 'vitest';
import { createTestRandom } from '../testing/test-random.js';
import {
  invertSimilarity,
  scaleOf,
  similarityBetween,
  transformPoint,
  type PointPair,
} from './similarity-transform.js';

const random = createTestRandom(6);
const anyPoint = () => ({ x: 600 * random() - 100, y: 600 * random() - 100 });

describe('similarityBetween', () => {
  it('says nothing where two points are one', () => {
    const [one, other] = [
      { x: 3, y: 4 },
      { x: 9, y: 9 },
    ];
    expect(similarityBetween([one, one], [one, other])).toBeUndefined();
    expect(similarityBetween([one, other], [other, other])).toBeUndefined();
    expect(similarityBetween([{ x: NaN, y: 0 }, one], [one, other])).toBeUndefined();
  });

  it('brings both points where they are wanted, and its inverse brings every point back', () => {
    for (let trial = 0; trial < 200; trial++) {
      const [from, to]: [PointPair, PointPair] = [
        [anyPoint(), anyPoint()],
        [anyPoint(), anyPoint()],
      ];
      const transform = similarityBetween(from, to);
      if (transform === undefined) throw new Error('two different points have a transform');
      for (const index of [0, 1] as const) {
        const { x, y } = transformPoint(transform, from[index]);
        expect(Math.hypot(x - to[index].x, y - to[index].y)).toBeLessThan(1e-9);
      }
      const point = anyPoint();
      const back = transformPoint(invertSimilarity(transform), transformPoint(transform, point));
      expect(Math.hypot(back.x - point.x, back.y - point.y)).toBeLessThan(1e-7);
    }
  });

  it('keeps shapes: every length grows alike, and nothing is mirrored', () => {
    const transform = similarityBetween([anyPoint(), anyPoint()], [anyPoint(), anyPoint()]);
    if (transform === undefined) throw new Error('two different points have a transform');
    const corners = [anyPoint(), anyPoint(), anyPoint()] as const;
    const area = ([p, q, r]: typeof corners) => (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
    const moved = corners.map((corner) => transformPoint(transform, corner)) as unknown as typeof corners;
    expect(area(moved) / area(corners)).toBeCloseTo(scaleOf(transform) ** 2, 9);
  });
});
