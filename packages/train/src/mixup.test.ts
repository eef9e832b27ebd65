import { describe, expect, it } from 'vitest';
import { drawMixture, mixRows } from './mixup.js';
import { createRandom } from './random.js';

describe('drawMixture', () => {
  it('is repeatable, pairs every picture once, and keeps lambda between 0 and 1', () => {
    for (const alpha of [0.01, 0.2, 1, 10]) {
      const mixture = drawMixture(7, alpha, createRandom(3));
      expect(drawMixture(7, alpha, createRandom(3))).toEqual(mixture);
      expect([...mixture.partners].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(mixture.lambda >= 0 && mixture.lambda <= 1).toBe(true);
    }
  });

  // Beta(a, a) has the mean 1/2 and the variance 1/(4·(2a + 1)); of 4,000 draws the error is below 0.02 and 0.01.
  it.each([0.05, 0.2, 0.5, 1, 2, 8])('draws lambda from Beta(%d, the same)', (alpha) => {
    const random = createRandom(1);
    const lambdas = Array.from({ length: 4000 }, (_, i) => drawMixture(1, alpha, random.fork(i)).lambda);
    const mean = lambdas.reduce((sum, lambda) => sum + lambda, 0) / lambdas.length;
    const variance = lambdas.reduce((sum, lambda) => sum + (lambda - mean) ** 2, 0) / lambdas.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.025);
    expect(Math.abs(variance - 1 / (4 * (2 * alpha + 1)))).toBeLessThan(0.012);
  });
});

describe('mixRows', () => {
  const values = Float32Array.of(0, 8, 4, 4, 8, 0);

  it('mixes rows with their partners without changing its input', () => {
    const mixed = mixRows(values, { lambda: 0.25, partners: Uint32Array.of(2, 1, 0) });
    expect([...mixed]).toEqual([6, 2, 4, 4, 2, 6]);
    expect([...values]).toEqual([0, 8, 4, 4, 8, 0]);
  });

  it('changes nothing for lambda 1', () => {
    expect(mixRows(values, { lambda: 1, partners: Uint32Array.of(2, 0, 1) })).toEqual(values);
  });
});
