import { expect } from 'vitest';

/**
 * Two analyses of the same pixels, one in Node and one in a page. The two runtimes may have different builds of the
 * kernels, with and without fused multiply-add, so numbers agree to 1e-6 of their size and everything else is equal.
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

/** Vitest's own `closeTo` knows only absolute distances. */
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
