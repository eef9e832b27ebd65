import { describe, expect, it } from 'vitest';
import { planLooks } from './plan-looks.js';

const PICTURE = { whole: true, tileSide: 0.45, tileOverlap: 0.4 };
const CAMERA = { whole: false, tileSide: 1, tileOverlap: 0.2 };

describe('planLooks', () => {
  it('covers a camera frame with two squares', () => {
    expect(planLooks({ width: 640, height: 480 }, CAMERA, 128)).toEqual([
      { x: 0, y: 0, width: 480, height: 480 },
      { x: 160, y: 0, width: 480, height: 480 },
    ]);
  });

  it('looks at the whole of a picture first, centred', () => {
    const [whole] = planLooks({ width: 1920, height: 1080 }, PICTURE, 128);
    expect(whole).toEqual({ x: 0, y: -420, width: 1920, height: 1920 });
  });

  it.each([
    [1920, 1080],
    [1080, 1920],
    [2048, 2048],
    [333, 1000],
    [5000, 300],
  ])('covers %i×%i evenly with tiles that overlap at least as much as they should', (width, height) => {
    const tiles = planLooks({ width, height }, PICTURE, 128).slice(1);
    const side = Math.max(0.45 * Math.min(width, height), 128);
    for (const [starts, length] of [
      [[...new Set(tiles.map(({ x }) => x))], width],
      [[...new Set(tiles.map(({ y }) => y))], height],
    ] as const) {
      expect(starts[0]).toBe(0);
      expect((starts.at(-1) ?? NaN) + side).toBeCloseTo(length, 6);
      const steps = starts.slice(1).map((start, i) => start - (starts[i] ?? NaN));
      for (const step of steps) {
        expect(step).toBeLessThanOrEqual(side * 0.6 + 1e-6);
        expect(step).toBeCloseTo(steps[0] ?? NaN, 6);
      }
    }
    for (const tile of tiles) expect([tile.width, tile.height]).toEqual([side, side]);
  });

  it('looks once at what is no larger than the network sees', () => {
    expect(planLooks({ width: 1, height: 1 }, PICTURE, 128)).toEqual([{ x: 0, y: 0, width: 1, height: 1 }]);
    expect(planLooks({ width: 100, height: 128 }, PICTURE, 128)).toHaveLength(1);
  });

  it('does not fall to pieces over a strip', () => {
    const looks = planLooks({ width: 1, height: 4000 }, PICTURE, 128);
    expect(looks.length).toBeLessThan(60);
    for (const { x, width } of looks) expect(x + width / 2).toBe(0.5);
  });
});
