import { describe, expect, it } from 'vitest';
import { toShares } from './shares.js';
import type { Lane, Segment } from './segments.js';

const segment = (startMs: number, endMs: number, expression: string): Segment => ({ startMs, endMs, expression, isUnsure: false }); // prettier-ignore
const LANES: readonly Lane[] = [
  { key: 1, seenMs: 4000, segments: [segment(0, 3000, 'happy'), segment(3000, 4000, 'sad')] },
  { key: 2, seenMs: 500, segments: [segment(5000, 5500, 'fear')] },
];

describe('toShares', () => {
  it('counts only what lies within the span', () => {
    expect(toShares(LANES, { startMs: 2000, endMs: 3500 })).toEqual([
      {
        key: 1,
        seenMs: 1500,
        shares: [
          { expression: 'happy', part: 1000 / 1500 },
          { expression: 'sad', part: 500 / 1500 },
        ],
      },
    ]);
  });

  it('leaves out who was not seen', () => {
    expect(toShares(LANES, { startMs: 4200, endMs: 4800 })).toEqual([]);
    expect(toShares(LANES, { startMs: 0, endMs: 9000 }).map(({ key }) => key)).toEqual([1, 2]);
  });
});
