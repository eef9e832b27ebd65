import { describe, expect, it } from 'vitest';
import { createGapFinder } from './find-gaps.js';

const find = (times: readonly number[], troubleAt?: number) => {
  const gaps = createGapFinder();
  times.forEach((time, index) => {
    if (index === troubleAt) gaps.trouble('corrupt');
    gaps.frame(time);
  });
  return gaps.damage();
};
const EVEN = Array.from({ length: 30 }, (_, i) => i * 40);
const HOLE = EVEN.map((time) => (time < 600 ? time : time + 2000));

describe('gaps', () => {
  it('are long steps in a damaged recording', () => {
    expect(find(HOLE, 12)).toEqual({ gaps: [{ fromMs: 560, toMs: 2600 }], reason: 'corrupt' });
  });
  it('are no gaps without a complaint, or with one before the first frame', () => {
    expect(find(HOLE)).toBeUndefined();
    expect(find(HOLE, 0)).toBeUndefined();
  });
  it('are not found where steps are as long as usual', () => {
    expect(find(EVEN, 12)).toBeUndefined();
    expect(
      find(
        EVEN.map((_, i) => i * 5000),
        12,
      ),
    ).toBeUndefined();
  });
});
