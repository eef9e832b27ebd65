import { expect, it } from 'vitest';
import { isPlannedFor, planHintedTiles } from './plan-hinted-tiles.js';

const INPUT = { side: 128 };

it('plans one tile of 2.25 faces around a hint, with half the sides of the trained input', () => {
  expect(planHintedTiles([{ x: 300, y: 200, side: 40, score: 3 }], INPUT)).toEqual([
    { x: 255, y: 155, width: 90, height: 90, inputWidth: 64, inputHeight: 64 },
  ]);
});

it('covers neighbours of about the same size with one tile, others with their own', () => {
  const first = { x: 300, y: 200, side: 40, score: 3 };
  const near = { x: 320, y: 190, side: 33, score: 2 };
  const far = { x: 330, y: 200, side: 40, score: 2 };
  const large = { x: 300, y: 200, side: 90, score: 1 };
  const small = { x: 300, y: 200, side: 25, score: 1 };
  expect(planHintedTiles([first, near], INPUT)).toHaveLength(1);
  for (const other of [far, large, small]) expect(planHintedTiles([first, other], INPUT)).toHaveLength(2);
});

it('knows the face that a tile was planned for, found a little off', () => {
  const [tile] = planHintedTiles([{ x: 300, y: 200, side: 40, score: 3 }], INPUT);
  const face = (x: number, y: number, side: number) => ({
    ...{ x: x - side / 2, y: y - side / 2 },
    ...{ width: side, height: side * 0.9 },
  });
  for (const box of [face(300, 200, 40), face(312, 190, 50), face(300, 200, 28)]) {
    expect(isPlannedFor(tile!, box)).toBe(true);
  }
  // Beside it, above it, a face in front of a larger one, and one that has it in front.
  for (const box of [face(325, 200, 40), face(300, 170, 40), face(300, 200, 20), face(300, 200, 80)]) {
    expect(isPlannedFor(tile!, box)).toBe(false);
  }
});

it('plans nothing without hints', () => {
  expect(planHintedTiles([], INPUT)).toEqual([]);
});
