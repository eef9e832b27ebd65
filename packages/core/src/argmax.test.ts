import { expect, it } from 'vitest';
import { argmax } from './argmax.js';

it('is the index of the highest value, on a tie the first', () => {
  expect(argmax([0.1, 0.7, 0.2])).toBe(1);
  expect(argmax(Float32Array.of(-3, -1, -1))).toBe(1);
  expect(argmax([5])).toBe(0);
  expect(argmax([])).toBe(0);
});
