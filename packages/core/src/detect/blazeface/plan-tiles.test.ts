import { describe, expect, it } from 'vitest';
import { planTiles } from './plan-tiles.js';

const INPUT = { side: 128, step: 16 };
const PICTURE = { whole: true, tileSide: 0.45, tileOverlap: 0.4, joined: false };
const JOINED = { ...PICTURE, joined: true };
const CAMERA = { whole: false, tileSide: 1, tileOverlap: 0.2, joined: false };
const SIZES = [
  [1920, 1080],
  [1080, 1920],
  [2048, 2048],
  [333, 1000],
  [5000, 300],
] as const;

describe('planTiles', () => {
  it('covers a camera frame with two squares', () => {
    const square = { y: 0, width: 480, height: 480, inputWidth: 128, inputHeight: 128 };
    expect(planTiles({ width: 640, height: 480 }, CAMERA, INPUT)).toEqual([
      { x: 0, ...square },
      { x: 160, ...square },
    ]);
  });

  it('covers a camera frame with one centred joined tile of whole cells', () => {
    const [tile, ...others] = planTiles({ width: 640, height: 480 }, { ...CAMERA, joined: true }, INPUT);
    expect(others).toEqual([]);
    // 640 · 128/480 is 170.7, rounded up to whole cells 176: 660 pixels of the frame.
    expect(tile).toEqual({ x: -10, y: 0, width: 660, height: 480, inputWidth: 176, inputHeight: 128 });
  });

  it.each([PICTURE, JOINED])('starts with a centred tile around the whole picture', (plan) => {
    const [whole] = planTiles({ width: 1920, height: 1080 }, plan, INPUT);
    expect(whole).toEqual({
      x: 0,
      y: -420,
      width: 1920,
      height: 1920,
      inputWidth: 128,
      inputHeight: 128,
    });
  });

  it.each(SIZES)('covers %i×%i evenly with tiles of at least the required overlap', (width, height) => {
    const tiles = planTiles({ width, height }, PICTURE, INPUT).slice(1);
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

  it.each([...SIZES, [16_384, 100], [1, 4000]] as const)(
    'covers %i×%i with joined tiles at the scale of plain ones, within the size limit',
    (width, height) => {
      const tiles = planTiles({ width, height }, JOINED, INPUT).slice(1);
      const scale = 128 / Math.max(0.45 * Math.min(width, height), 128);
      for (const tile of tiles) {
        expect(tile.inputWidth / tile.width).toBeCloseTo(scale, 6);
        expect(tile.inputHeight / tile.height).toBeCloseTo(scale, 6);
        expect([tile.inputWidth % 16, tile.inputHeight % 16]).toEqual([0, 0]);
        expect(Math.max(tile.inputWidth, tile.inputHeight)).toBeLessThanOrEqual(1024);
      }
      for (const [start, extent, length] of [
        ['x', 'width', width],
        ['y', 'height', height],
      ] as const) {
        const ordered = [...tiles].sort((a, b) => a[start] - b[start]);
        expect(ordered[0]?.[start]).toBeLessThanOrEqual(1e-9);
        expect((ordered.at(-1)?.[start] ?? NaN) + (ordered.at(-1)?.[extent] ?? NaN)).toBeGreaterThanOrEqual(
          length - 1e-6,
        );
        for (const [index, tile] of ordered.slice(1).entries()) {
          const before = ordered[index];
          if (before === undefined || before[start] === tile[start]) continue;
          expect((before[start] + before[extent] - tile[start]) * scale).toBeGreaterThanOrEqual(
            0.4 * 128 - 1e-6,
          );
        }
      }
    },
  );

  it('plans one tile for a picture no larger than the input', () => {
    expect(planTiles({ width: 1, height: 1 }, PICTURE, INPUT)).toMatchObject([
      { x: 0, y: 0, width: 1, height: 1 },
    ]);
    expect(planTiles({ width: 100, height: 128 }, JOINED, INPUT)).toHaveLength(1);
  });

  it('plans few tiles for a narrow strip', () => {
    const tiles = planTiles({ width: 1, height: 4000 }, PICTURE, INPUT);
    expect(tiles.length).toBeLessThan(60);
    for (const { x, width } of tiles) expect(x + width / 2).toBe(0.5);
  });
});
