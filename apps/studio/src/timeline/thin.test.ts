import { describe, expect, it } from 'vitest';
import { thin } from './thin.js';

const at = (...times: number[]) => times.map((atMs) => ({ atMs }));

describe('readings that are drawn', () => {
  it('are one for each interval, and the last one', () => {
    expect(thin(at(0, 40, 90, 100, 150, 199, 320, 330, 340), 100)).toEqual(at(0, 100, 320, 340));
  });

  it('are all where they are few', () => {
    expect(thin(at(0, 200, 400), 10)).toEqual(at(0, 200, 400));
  });

  it('are at most about as many as intervals, however long the recording is', () => {
    const hour = Array.from({ length: 18_000 }, (_, index) => ({ atMs: index * 200 }));
    expect(thin(hour, 3600).length).toBeLessThanOrEqual(1001);
  });
});
