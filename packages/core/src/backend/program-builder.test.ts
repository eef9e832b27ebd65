import { describe, expect, it } from 'vitest';
import { planArena, type ArenaBuffer } from './program-builder.js';

/** A seeded generator, so that failures can be reproduced. */
function lehmer(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
}

describe('planArena', () => {
  const at = (sizeBytes: number, first: number, last: number) => ({ buffer: { sizeBytes }, first, last });

  it('lets buffers with disjoint lifetimes share bytes', () => {
    const lifetimes = [at(640, 0, 1), at(640, 2, 3), at(640, 4, 5)];
    expect(planArena(lifetimes).arenaBytes).toBe(640);
  });

  it('keeps buffers apart that share a single launch', () => {
    const lifetimes = [at(640, 0, 2), at(640, 2, 3)];
    expect(planArena(lifetimes).arenaBytes).toBe(1280);
  });

  it('never lets buffers with overlapping lifetimes share a byte, and aligns all', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const draw = lehmer(seed);
      const lifetimes = Array.from({ length: 1 + draw(40) }, () => {
        const first = draw(30);
        return at(4 * (1 + draw(500)), first, first + draw(10));
      });
      const { places, arenaBytes } = planArena(lifetimes);
      const start = (buffer: ArenaBuffer) => places.get(buffer) ?? Number.NaN;
      for (const a of lifetimes) {
        expect(start(a.buffer) % 64).toBe(0);
        expect(start(a.buffer) + a.buffer.sizeBytes).toBeLessThanOrEqual(arenaBytes);
        for (const b of lifetimes) {
          if (a === b || a.last < b.first || b.last < a.first) continue;
          const apart =
            start(a.buffer) + a.buffer.sizeBytes <= start(b.buffer) ||
            start(b.buffer) + b.buffer.sizeBytes <= start(a.buffer);
          expect(apart, `seed ${seed}`).toBe(true);
        }
      }
    }
  });
});
