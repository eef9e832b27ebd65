import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { blurFilter, enlargeFilter, shrinkFilter, type FirFilter } from './fir-filter.js';

/** Applies the filter in float64. */
function apply({ outputs, taps, starts, weights }: FirFilter, samples: readonly number[]): number[] {
  return Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: taps }, (_, tap) => tap).reduce(
      (sum, tap) =>
        sum + (weights[output * taps + tap] ?? NaN) * (samples[(starts[output] ?? NaN) + tap] ?? NaN),
      0,
    ),
  );
}

function samples(count: number): number[] {
  const random = createRandom(count);
  return Array.from({ length: count }, () => random.uniform() * 255);
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 3));
}

describe('blurFilter', () => {
  it.each([
    [48, 0.4],
    [48, 2],
    [7, 5],
    [1, 3],
    [20, 1e-300],
  ])(
    'is a Gaussian cut off at three standard deviations, with repeated ends: %i samples, sigma %d',
    (size, sigma) => {
      const x = samples(size);
      const radius = Math.min(size - 1, Math.ceil(3 * sigma));
      const expected = x.map((_, output) => {
        let [sum, total] = [0, 0];
        for (let offset = -radius; offset <= radius; offset++) {
          const weight = Math.exp(-((offset / sigma) ** 2) / 2);
          sum += weight * (x[Math.min(size - 1, Math.max(0, output + offset))] ?? NaN);
          total += weight;
        }
        return sum / total;
      });
      expectClose(apply(blurFilter(size, sigma), x), expected);
    },
  );
});

describe('shrinkFilter', () => {
  it.each([
    [48, 24],
    [48, 33],
    [48, 36],
    [48, 47],
    [10, 1],
    [5, 5],
  ])('takes the mean of the covered input samples: %i to %i', (inputs, outputs) => {
    const x = samples(inputs);
    // Each input sample as `outputs` equal slices: an output sample is the mean of `inputs` of them.
    const slices = x.flatMap((value) => new Array<number>(outputs).fill(value));
    const expected = Array.from(
      { length: outputs },
      (_, i) => slices.slice(i * inputs, (i + 1) * inputs).reduce((sum, value) => sum + value, 0) / inputs,
    );
    expectClose(apply(shrinkFilter(inputs, outputs), x), expected);
  });
});

describe('enlargeFilter', () => {
  it('interpolates linearly between half-pixel centres, with repeated ends', () => {
    expectClose(apply(enlargeFilter(2, 4), [0, 100]), [0, 25, 75, 100]);
    expectClose(apply(enlargeFilter(1, 3), [7]), [7, 7, 7]);
    const x = samples(24);
    expectClose(apply(enlargeFilter(24, 24), x), x);
    const ramp = Array.from({ length: 24 }, (_, i) => i);
    const enlarged = apply(enlargeFilter(24, 48), ramp);
    expectClose(
      enlarged,
      enlarged.map((_, i) => Math.min(23, Math.max(0, (i + 0.5) / 2 - 0.5))),
    );
  });
});

it('keeps every filter within its input, with weights that sum to 1', () => {
  const filters = [1, 2, 3, 7, 16, 47, 48].flatMap((size) => [
    ...[0.01, 0.5, 1, 4, 16].map((sigma) => blurFilter(size, sigma)),
    ...Array.from({ length: size }, (_, i) => shrinkFilter(size, i + 1)),
    ...Array.from({ length: size }, (_, i) => enlargeFilter(i + 1, size)),
  ]);
  for (const { inputs, outputs, taps, starts, weights } of filters) {
    expect([starts.length, weights.length]).toEqual([outputs, outputs * taps]);
    starts.forEach((start, output) => {
      expect(start >= 0 && start + taps <= inputs).toBe(true);
      const row = weights.subarray(output * taps, (output + 1) * taps);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    });
  }
});
