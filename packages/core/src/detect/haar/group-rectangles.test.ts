import { describe, expect, it } from 'vitest';
import type { Box } from '../../geometry/box.js';
import { groupRectangles } from './group-rectangles.js';

const square = (x: number, y: number, side: number): Box => ({ x, y, width: side, height: side });

// haar-detector.test.ts compares whole pictures with OpenCV; this file tests properties.
describe('groupRectangles', () => {
  it('returns no groups for no windows', () => {
    expect(groupRectangles([], 5)).toEqual([]);
    expect(groupRectangles([], 0)).toEqual([]);
  });

  it('returns every window with a minimum of 0', () => {
    const boxes = [square(3, 4, 24), square(3, 4, 24)];
    expect(groupRectangles(boxes, 0)).toEqual(boxes.map((box) => ({ box, support: 1 })));
  });

  it('needs more windows than the minimum', () => {
    const boxes = [square(10, 10, 50), square(12, 10, 50), square(11, 13, 50)];
    expect(groupRectangles(boxes, 2)).toEqual([{ box: square(11, 11, 50), support: 3 }]);
    expect(groupRectangles(boxes, 3)).toEqual([]);
  });

  it('rounds halves of the mean to even', () => {
    expect(groupRectangles([square(10, 11, 50), square(11, 12, 51)], 1)).toEqual([
      { box: square(10, 12, 50), support: 2 },
    ]);
  });

  it('joins windows through chains of neighbours, in the order of first windows', () => {
    // Windows of side 50 are neighbours up to a distance of 10: 0 and 16 are not, but both are neighbours of 8.
    const boxes = [
      square(300, 0, 50),
      square(0, 0, 50),
      square(16, 0, 50),
      square(300, 0, 50),
      square(8, 0, 50),
    ];
    expect(groupRectangles(boxes, 1)).toEqual([
      { box: square(300, 0, 50), support: 2 },
      { box: square(8, 0, 50), support: 3 },
    ]);
  });

  it('does not join across the tolerance', () => {
    expect(groupRectangles([square(0, 0, 50), square(10, 0, 50)], 1)).toHaveLength(1);
    expect(groupRectangles([square(0, 0, 50), square(11, 0, 50)], 1)).toHaveLength(0);
  });

  it('drops groups inside better supported ones', () => {
    const outer = Array.from({ length: 5 }, () => square(100, 100, 100));
    const inner = Array.from({ length: 4 }, () => square(120, 120, 40));
    expect(groupRectangles([...inner, ...outer], 1)).toEqual([{ box: square(100, 100, 100), support: 5 }]);
    // It stays, because it has as much support as the outer one.
    expect(groupRectangles([...inner, ...outer.slice(1)], 1)).toHaveLength(2);
  });

  it('does not depend on the order of windows, except for the order of groups', () => {
    const boxes = Array.from({ length: 60 }, (_, i) => square((i * 37) % 90, (i * 53) % 70, 40 + (i % 7)));
    const sorted = (groups: ReturnType<typeof groupRectangles>) =>
      groups.map(({ box, support }) => [box.x, box.y, box.width, box.height, support].join()).sort();
    const expected = sorted(groupRectangles(boxes, 1));
    expect(expected.length).toBeGreaterThan(0);
    expect(sorted(groupRectangles(boxes.toReversed(), 1))).toEqual(expected);
  });
});
