import { expect, it } from 'vitest';
import { MovingAverage } from './moving-average.js';

const weights = (value: number) => new Map([['w', { shape: [2], data: Float32Array.of(value, -value) }]]);

it('follows the weights with a decay that grows to its limit, and copies what it starts from', () => {
  const start = weights(8);
  const average = new MovingAverage(start, 0.5);
  average.update(weights(0), 1); // decay 2/11
  expect(average.weights.get('w')?.data[0]).toBeCloseTo((8 * 2) / 11, 6);
  for (let step = 2; step < 9; step++) average.update(weights(1), step);
  const before = average.weights.get('w')?.data[1] ?? NaN;
  average.update(weights(5), 1000); // decay 0.5
  expect(average.weights.get('w')?.data[1]).toBeCloseTo((before - 5) / 2, 6);
  expect(start).toEqual(weights(8));
});
