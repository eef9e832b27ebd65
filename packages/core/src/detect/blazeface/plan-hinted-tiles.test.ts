import { expect, it } from 'vitest';
import { planHintedTiles } from './plan-hinted-tiles.js';

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

it('plans nothing without hints', () => {
  expect(planHintedTiles([], INPUT)).toEqual([]);
});
