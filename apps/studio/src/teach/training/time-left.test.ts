import type { BatchProgress, EpochSummary } from '@mien/train';
import { describe, expect, it } from 'vitest';
import { secondsLeft } from './time-left.js';

const batch = (epoch: number, left: number): BatchProgress => ({
  ...{ epoch, batch: 5, batches: 10, loss: 1, accuracy: 0.5 },
  ...{ imagesPerSecond: 10, secondsLeft: left },
});
const epoch = (seconds: number) => ({ seconds }) as EpochSummary;

describe('secondsLeft', () => {
  const run = { epochs: 4, trainCount: 200 };

  it('goes by the pace of the first epoch until it is over', () => {
    expect(secondsLeft({ ...run, history: [], now: undefined })).toBeUndefined();
    expect(secondsLeft({ ...run, history: [], now: batch(1, 10) })).toBe(3 * 20 + 10);
  });

  it('goes by the mean of the epochs then, and counts down within one', () => {
    const history = [epoch(20), epoch(30)];
    expect(secondsLeft({ ...run, history, now: batch(2, 0) })).toBe(2 * 25);
    expect(secondsLeft({ ...run, history, now: batch(3, 10) })).toBe(25 + 10);
  });
});
