/** Reference for assembly/gemm.ts, in float64. */

/** A[rows, k] · B[k, n] + bias[n]. */
export function gemm(
  a: Float32Array,
  b: Float32Array,
  bias: Float32Array | null,
  rows: number,
  k: number,
  n: number,
) {
  return Float64Array.from({ length: rows * n }, (_, index) => {
    const row = Math.floor(index / n);
    const column = index % n;
    let sum = bias?.[column] ?? 0;
    for (let i = 0; i < k; i++) sum += at(a, row * k + i) * at(b, i * n + column);
    return sum;
  });
}

/** Aᵀ · dC over the rows first … last. */
export function gemmBackwardWeights(
  a: Float32Array,
  dc: Float32Array,
  k: number,
  n: number,
  first: number,
  last: number,
) {
  return Float64Array.from({ length: k * n }, (_, index) => {
    const i = Math.floor(index / n);
    let sum = 0;
    for (let row = first; row < last; row++) sum += at(a, row * k + i) * at(dc, row * n + (index % n));
    return sum;
  });
}

/** An element that must exist. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`reference: index ${index} of ${values.length}`);
  return value;
}

/** Applies the epilogue to `sums`: adds `before` (accumulate), or clamps at zero (ReLU). */
export function store(sums: Float64Array, flags: { relu: boolean; before: Float32Array | null }) {
  return sums.map((sum, i) => {
    const value = sum + (flags.before ? at(flags.before, i) : 0);
    return flags.relu ? Math.max(value, 0) : value;
  });
}
