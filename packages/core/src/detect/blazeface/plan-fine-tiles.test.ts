import { describe, expect, it } from 'vitest';
import type { Frame } from '../../frame.js';
import { createTestRandom } from '../../testing/test-random.js';
import { planFineTiles } from './plan-fine-tiles.js';

const INPUT = { side: 128, step: 16 };
const PLAN = { minFacePx: 24, faceSides: 7, threshold: 0.2, minRange: 24 };

/** Grey, with squares of a checkerboard at some places. */
function makeFrame(
  width: number,
  height: number,
  squares: readonly (readonly [x: number, y: number, side: number])[],
): Frame {
  const data = new Uint8Array(width * height).fill(120);
  for (const [left, top, side] of squares) {
    for (let y = top; y < Math.min(height, top + side); y++) {
      for (let x = left; x < Math.min(width, left + side); x++)
        data[y * width + x] = ((x >> 2) + (y >> 2)) % 2 ? 200 : 60;
    }
  }
  return { width, height, channels: 1, data };
}

describe('planFineTiles', () => {
  it('plans nothing for a flat picture, or if the usual search is fine enough', () => {
    expect(planFineTiles(makeFrame(4000, 3000, []), 960, 24, PLAN, INPUT)).toEqual([]);
    const lively = makeFrame(640, 480, [[0, 0, 640]]);
    expect(planFineTiles(lively, 154, 24, PLAN, INPUT)).toEqual([]);
  });

  it('covers each face of any size between the smallest and those of the usual search, at a scale that finds it', () => {
    const random = createTestRandom(5);
    const [width, height, usual] = [3000, 2000, 640];
    for (let i = 0; i < 150; i++) {
      const side = Math.round(24 * (usual / PLAN.faceSides / 24) ** random());
      const [x, y] = [Math.floor(random() * (width - side)), Math.floor(random() * (height - side))];
      const tiles = planFineTiles(makeFrame(width, height, [[x, y, side]]), usual, 24, PLAN, INPUT);
      const isSeen = tiles.some((tile) => {
        const sides = INPUT.side / ((side * tile.inputWidth) / tile.width); // of the trained input, in faces
        const isInside =
          x >= tile.x && y >= tile.y && x + side <= tile.x + tile.width && y + side <= tile.y + tile.height;
        return isInside && sides >= 1.3 && sides <= PLAN.faceSides * 1.01;
      });
      expect({ x, y, side, isSeen }).toEqual({ x, y, side, isSeen: true });
    }
  });

  it('has inputs of few sizes that the network accepts, and costs less where the picture is flat', () => {
    const area = (frame: Frame) =>
      planFineTiles(frame, 960, 24, PLAN, INPUT).reduce(
        (sum, tile) => sum + tile.inputWidth * tile.inputHeight,
        0,
      );
    const lively = makeFrame(4000, 3000, [[0, 0, 4000]]);
    const tiles = planFineTiles(lively, 960, 24, PLAN, INPUT);
    for (const { inputWidth, inputHeight } of tiles) {
      expect(inputWidth % INPUT.step).toBe(0);
      expect(inputHeight % INPUT.step).toBe(0);
      expect(inputWidth).toBeLessThanOrEqual(1024 + 256);
    }
    expect(new Set(tiles.map(({ inputWidth }) => inputWidth)).size).toBeLessThanOrEqual(6);
    expect(area(makeFrame(4000, 3000, [[0, 0, 1000]]))).toBeLessThan(area(lively) / 6);
    // All of it, with overlaps: less than twice the picture at that scale.
    expect(area(lively)).toBeLessThan(2 * 4000 * 3000 * (128 / (24 * 7)) ** 2);
  });
});
