/** Activation functions, one value at a time, in float64. */

export const ACTIVATIONS = {
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  hardSigmoid: (x: number) => Math.max(0, Math.min(1, x / 6 + 0.5)),
  hardSwish: (x: number) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
} as const;

export function clip(x: ArrayLike<number>, low: number, high: number): number[] {
  return Array.from(x, (value) => Math.max(low, Math.min(high, value)));
}

/** x of [rows, alpha.length]. */
export function prelu(x: ArrayLike<number>, alpha: ArrayLike<number>): number[] {
  return Array.from(x, (value, i) => (value > 0 ? value : value * (alpha[i % alpha.length] ?? NaN)));
}
