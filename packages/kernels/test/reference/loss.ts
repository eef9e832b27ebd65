/** Softmax and cross-entropy of one row, in float64. */

type Numbers = ArrayLike<number>;

export function softmax(logits: Numbers): Float64Array {
  const values = Float64Array.from(logits);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponentials = values.map((value) => Math.exp(value - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

/** −Σ t·log softmax(z), by log-sum-exp. */
export function crossEntropy(logits: Numbers, targets: Numbers): number {
  const values = Float64Array.from(logits);
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const logSum = Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
  return values.reduce((loss, value, i) => loss + (targets[i] ?? NaN) * (logSum - (value - largest)), 0);
}
