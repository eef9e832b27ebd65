import { describe, expect, it } from 'vitest';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/augment.js';

/** A smooth picture with some noise, slightly beyond 0 … 255. */
function picture(h: number, w: number, random: () => number): Float32Array {
  return Float32Array.from({ length: h * w }, (_, i) => {
    const [x, y] = [(i % w) / w, Math.floor(i / w) / h];
    return 128 + 110 * Math.sin(5 * x + 3 * y * y) + (random() - 0.5) * 50;
  });
}

describe.each(KERNEL_BUILDS)('augmentation kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(29);

  /** Launches an in-place kernel, also in pieces. */
  function inPlace(
    kernel: 'toneCurve' | 'addNoise' | 'jpegRoundTrip',
    x: Float32Array,
    args: readonly number[],
    items = x.length,
  ): Float32Array {
    const at = kernels.put(x);
    const outputs = [{ offset: at, length: x.length, initial: x }];
    return launchAndSplit(kernels, kernel, [at, ...args], items, outputs, random)[0] ?? new Float32Array();
  }

  describe('toneCurve', () => {
    const curve = Float32Array.from({ length: 256 }, (_, grey) => 255 * (grey / 255) ** 0.6);

    it.each([1, 4, 7, 100])('interpolates linearly between integer greys: %i elements', (count) => {
      kernels.clear();
      const x = Float32Array.from({ length: count }, () => random() * 275 - 10);
      expectClose(inPlace('toneCurve', x, [kernels.put(curve)]), reference.toneCurve(x, curve), 1e-6);
    });

    it('clamps to the ends of the curve', () => {
      kernels.clear();
      const x = Float32Array.of(-1e9, 0, 255, 1e9);
      expect([...inPlace('toneCurve', x, [kernels.put(curve)])]).toEqual([0, 0, 255, 255]);
    });
  });

  describe('filterColumns', () => {
    it.each([
      [9, 12, 9, 3],
      [12, 5, 7, 5],
      [3, 1, 8, 1],
      [6, 9, 1, 6],
      [20, 39, 11, 4],
    ])('sums weighted rows and lays the result down: %i×%i to %i rows, %i taps', (h, w, hOut, taps) => {
      kernels.clear();
      const x = picture(h, w, random);
      const filters = Array.from({ length: hOut }, () => ({
        start: Math.floor(random() * (h - taps + 1)),
        weights: Array.from({ length: taps }, () => Math.fround(random() - 0.3)),
      }));
      const [px, starts] = [kernels.put(x), kernels.put(Int32Array.from(filters, ({ start }) => start))];
      const weights = kernels.put(Float32Array.from(filters.flatMap((filter) => filter.weights)));
      const y = kernels.reserve(w * hOut * 4);
      const outputs = [{ offset: y, length: w * hOut }];
      const args = [px, starts, weights, y, w, hOut, taps];
      const [result = []] = launchAndSplit(kernels, 'filterColumns', args, hOut, outputs, random);
      // float32 sums of a few hundred terms that partly cancel.
      expectClose(result, reference.filterColumns(x, w, filters), 1e-4);
    });
  });

  describe('addNoise', () => {
    function noise(count: number, sigma: number, keys: readonly [number, number], grey = 127): Float32Array {
      kernels.clear();
      const x = new Float32Array(count).fill(grey);
      return inPlace('addNoise', x, [kernels.put(Int32Array.from(keys)), sigma]).map((value) => value - grey);
    }

    it.each([1, 3, 4, 61])('changes nothing at strength 0: %i elements', (count) => {
      expect(noise(count, 0, [1, 2]).every((value) => value === 0)).toBe(true);
    });

    it('is normally distributed, and independent between elements and between keys', () => {
      const count = 40_000;
      const draws = [noise(count, 20, [3, 4]), noise(count, 20, [3, 5]), noise(count, 20, [4, 4])];
      const mean = (of: (i: number) => number) =>
        Array.from({ length: count }, (_, i) => of(i)).reduce((sum, value) => sum + value, 0) / count;
      const slack = 5 / Math.sqrt(count);
      for (const draw of draws) {
        const z = (i: number) => (draw[i % count] ?? NaN) / 20;
        expect(Math.abs(mean(z))).toBeLessThan(slack);
        expect(Math.abs(mean((i) => z(i) ** 2) - 1)).toBeLessThan(slack * Math.SQRT2);
        expect(Math.abs(mean((i) => z(i) ** 3))).toBeLessThan(slack * Math.sqrt(15));
        // The normal distribution function at −2 … 2; the tolerance covers the approximation and the sampling error.
        for (const [limit, share] of [
          [-2, 0.02275],
          [-1, 0.15866],
          [0, 0.5],
          [1, 0.84134],
          [2, 0.97725],
        ] as const) {
          const below = mean((i) => Number(z(i) < limit));
          expect(Math.abs(below - share)).toBeLessThan(0.003 + slack * Math.sqrt(share * (1 - share)));
        }
        for (const step of [1, 2, 3, 4, 48]) {
          expect(Math.abs(mean((i) => z(i) * z(i + step)))).toBeLessThan(slack);
        }
        for (const other of draws) {
          if (other !== draw)
            expect(Math.abs(mean((i) => (z(i) * (other[i] ?? NaN)) / 20))).toBeLessThan(slack);
        }
      }
    });

    it('stays in 0 … 255', () => {
      const dark = noise(1000, 60, [1, 1], 5).map((value) => value + 5);
      expect([Math.min(...dark), Math.max(...dark) > 60]).toEqual([0, true]);
      expect(Math.max(...noise(1000, 60, [1, 1], 250).map((value) => value + 250))).toBe(255);
    });
  });

  describe('jpegRoundTrip', () => {
    /**
     * By [vertical][horizontal], as in the definition; not symmetric, and not integers, so that no mean of integer greys is
     * half-way between two multiples, where float32 and float64 may round differently.
     */
    const STEPS = Array.from({ length: 64 }, (_, i) => 3.3 + 2.1 * Math.floor(i / 8) + 5.3 * (i % 8));
    const transposed = (steps: readonly number[]): number[] =>
      steps.map((_, i) => steps[(i % 8) * 8 + Math.floor(i / 8)] ?? NaN);

    function roundTrip(x: Float32Array, h: number, w: number, steps: readonly number[]): Float32Array {
      kernels.clear();
      const blockRows = Math.ceil(h / 8);
      const pSteps = kernels.put(Float32Array.from(transposed(steps)));
      return inPlace('jpegRoundTrip', x, [pSteps, kernels.reserve(blockRows * 256), h, w], blockRows);
    }

    it.each([
      [8, 8],
      [24, 16],
      [21, 13],
      [1, 1],
      [3, 17],
    ])('is the sums of the standard, %i×%i', (h, w) => {
      const x = picture(h, w, random);
      const actual = roundTrip(x, h, w, STEPS);
      const expected = reference.jpegRoundTrip(x, w, STEPS);
      // Rounding to integer greys may still differ, for at most one pixel in a hundred.
      const differences = Array.from(expected, (value, i) => Math.abs(value - (actual[i] ?? NaN)));
      expect(Math.max(...differences)).toBeLessThanOrEqual(1);
      expect(differences.filter((value) => value > 0).length).toBeLessThanOrEqual(Math.floor(x.length / 100));
    });

    it('preserves integer greys to within one grey at a step of 1', () => {
      const x = picture(40, 40, random).map((value) => Math.min(255, Math.max(0, Math.round(value))));
      const y = roundTrip(x, 40, 40, new Array<number>(64).fill(1));
      expect(Math.max(...x.map((value, i) => Math.abs(value - (y[i] ?? NaN))))).toBeLessThanOrEqual(1);
      expect(y.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)).toBe(true);
    });
  });
});
