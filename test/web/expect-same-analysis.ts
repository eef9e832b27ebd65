import { expect } from 'vitest';

/**
 * Compares analyses of the same pixels in Node and in a page. They may use different kernels, with and without fused
 * multiply-add, so numbers agree to a relative 1e-6; everything else is equal.
 */
export function expectSameAnalysis(actual: unknown, expected: unknown, tolerance = 1e-6): void {
  expect(actual).toEqual(approximately(expected, tolerance));
}

function approximately(value: unknown, tolerance: number): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Near(value, tolerance);
  if (Array.isArray(value)) return value.map((one) => approximately(one, tolerance));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, approximately(one, tolerance)]));
}

/** A matcher like `closeTo`, with a relative tolerance. */
class Near {
  readonly $$typeof = Symbol.for('jest.asymmetricMatcher');

  constructor(
    private readonly value: number,
    private readonly tolerance: number,
  ) {}

  asymmetricMatch(other: unknown): boolean {
    return (
      typeof other === 'number' &&
      Math.abs(other - this.value) <= this.tolerance * Math.max(1, Math.abs(this.value))
    );
  }

  toString(): string {
    return 'Near';
  }

  toAsymmetricMatcher(): string {
    return `${this.value} ± ${this.tolerance}`;
  }
}
