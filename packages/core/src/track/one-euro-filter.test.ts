import { expect, it } from 'vitest';
import { OneEuroFilter } from './one-euro-filter.js';

it('starts at the first value and converges to a constant one', () => {
  const filter = new OneEuroFilter();
  expect(filter.next(10, 0, 100)).toBe(10);
  let value = 0;
  for (let ms = 20; ms < 2000; ms += 20) value = filter.next(14, ms, 100);
  expect(value).toBeCloseTo(14, 3);
});

it('smooths small changes more than large ones', () => {
  const shareTaken = (change: number) => {
    const filter = new OneEuroFilter();
    filter.next(0, 0, 100);
    return filter.next(change, 33, 100) / change;
  };
  expect(shareTaken(1)).toBeLessThan(0.4);
  expect(shareTaken(30)).toBeGreaterThan(0.8);
});
