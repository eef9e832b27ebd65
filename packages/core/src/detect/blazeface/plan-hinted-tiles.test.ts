import { expect, it } from 'vitest';
import { planHintedTiles } from './plan-hinted-tiles.js';

const INPUT = { side: 128 };

it('plans one tile of 4.5 faces around a hint', () => {
  expect(planHintedTiles([{ x: 300, y: 200, side: 40, score: 3 }], INPUT)).toEqual([
    { x: 210, y: 110, width: 180, height: 180, inputWidth: 128, inputHeight: 128 },
  ]);
});

it('covers neighbours of about the same size with one tile, others with their own', () => {
  const first = { x: 300, y: 200, side: 40, score: 3 };
  const near = { x: 340, y: 170, side: 33, score: 2 };
  const far = { x: 395, y: 200, side: 40, score: 2 };
  const large = { x: 300, y: 200, side: 90, score: 1 };
  const small = { x: 300, y: 200, side: 25, score: 1 };
  expect(planHintedTiles([first, near], INPUT)).toHaveLength(1);
  for (const other of [far, large, small]) expect(planHintedTiles([first, other], INPUT)).toHaveLength(2);
});

it('plans nothing without hints', () => {
  expect(planHintedTiles([], INPUT)).toEqual([]);
});
