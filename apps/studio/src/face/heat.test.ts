import { describe, expect, it } from 'vitest';
import { toHeat } from './heat.js';

describe('toHeat', () => {
  it('is more opaque where there is more heat, and clear where there is none', () => {
    const heat = toHeat(Float32Array.of(1, 0.5, 0));
    expect([heat[3], heat[7], heat[11]]).toEqual([200, 100, 0]);
    expect(heat.slice(0, 3)).toEqual(Uint8ClampedArray.of(255, 120, 0));
  });
});
