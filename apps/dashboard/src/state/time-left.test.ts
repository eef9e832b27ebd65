import { expect, it } from 'vitest';
import { TimeLeft } from './time-left.js';

it('goes by the pace since it was seen first, and runs down between steps', () => {
  const left = new TimeLeft();
  expect(left.add(0.2, 1000)).toBeUndefined();
  expect(left.add(0.2, 2000)).toBeUndefined();
  expect(left.add(0.4, 3000)).toBeCloseTo(6000);
  expect(left.add(0.4, 4000)).toBeCloseTo(5000);
  expect(left.add(0.4, 60_000)).toBe(0);
  expect(left.add(1, 61_000)).toBe(0);
});

it('starts anew when a job is tried again', () => {
  const left = new TimeLeft();
  left.add(0, 0);
  left.add(0.5, 1000);
  expect(left.add(0.1, 2000)).toBeUndefined();
  expect(left.add(0.2, 3000)).toBeCloseTo(8000);
});
