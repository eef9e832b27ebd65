import { expect, it } from 'vitest';
import { toProbabilities } from './to-probabilities.js';

it('maps a row to labels, unrounded, and names the highest', () => {
  const row = Float32Array.of(0.1, 0.7, 0.2);
  expect(toProbabilities(row, ['a', 'b', 'c'])).toEqual({
    probabilities: { a: Math.fround(0.1), b: Math.fround(0.7), c: Math.fround(0.2) },
    expression: 'b',
  });
});

it('names the first label on a tie', () => {
  expect(toProbabilities(Float32Array.of(0.2, 0.4, 0.4), ['a', 'b', 'c']).expression).toBe('b');
});
