import { describe, expect, it } from 'vitest';
import { toHeat } from './heat.js';

describe('toHeat', () => {
  it('is most opaque where the fall is largest, and of another colour where the probability rises', () => {
    const heat = toHeat(Float32Array.of(0.8, 0.4, 0, -0.4));
    expect([heat[3], heat[7], heat[11], heat[15]]).toEqual([190, 95, 0, 95]);
    expect(heat.slice(4, 7)).not.toEqual(heat.slice(12, 15));
  });

  it('stays faint where no part changes much', () => {
    expect(toHeat(Float32Array.of(0.001))[3]).toBeLessThan(10);
  });
});
