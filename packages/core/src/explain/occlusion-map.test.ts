import type { AsyncPredictor } from '../model/model.js';
import { describe, expect, it } from 'vitest';
import { createOcclusionMap, OCCLUSION_GRID } from './occlusion-map.js';

const INPUT = { height: 48, width: 48, channels: 1 } as const;

/** Two outputs: the second one is the brightness of one pixel. */
function watchPixel(at: number): AsyncPredictor {
  return {
    predict: async (inputs, count) =>
      Float32Array.from({ length: 2 * count }, (_, i) => {
        const value = inputs[(i >> 1) * 48 * 48 + at] ?? NaN;
        return i % 2 === 1 ? value : 1 - value;
      }),
  };
}

describe('createOcclusionMap', () => {
  it('is highest where the network looks, and zero elsewhere', async () => {
    const [y, x] = [30, 14];
    const samples = new Float32Array(48 * 48);
    samples[y * 48 + x] = 1;
    const { falls } = await createOcclusionMap(watchPixel(y * 48 + x), samples, INPUT, 1);
    const part = Math.floor(y / 4) * OCCLUSION_GRID + Math.floor(x / 4);
    expect(falls).toHaveLength(144);
    expect(falls[part]).toBeCloseTo(1 - 1 / 48 ** 2, 6);
    // A cover is two and a half parts wide.
    expect(falls.filter((fall) => fall !== 0).length).toBeLessThanOrEqual(9);
  });

  it('is negative where a part speaks against the expression', async () => {
    const samples = new Float32Array(48 * 48).fill(1);
    samples[0] = 0;
    const { falls } = await createOcclusionMap(watchPixel(0), samples, INPUT, 1);
    expect(falls[0]).toBeLessThan(-0.9);
    expect(falls[143]).toBe(0);
  });
});
