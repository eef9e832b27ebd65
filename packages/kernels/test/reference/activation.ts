/** Activation functions, one value at a time, in float64. */

export const ACTIVATIONS = {
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  hardSigmoid: (x: number) => Math.max(0, Math.min(1, x / 6 + 0.5)),
  hardSwish: (x: number) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
  elu: (x: number) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2,
} as const;

/** By its Taylor series, which float64 sums well enough for |x| < 5, and 1 beyond. */
function erf(x: number): number {
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export function clip(x: ArrayLike<number>, low: number, high: number): number[] {
  return Array.from(x, (value) => Math.max(low, Math.min(high, value)));
}

/** x of [rows, alpha.length]. */
export function prelu(x: ArrayLike<number>, alpha: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => (value > 0 ? value : value * (alpha[i % alpha.length] ?? NaN)));
}
