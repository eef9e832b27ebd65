/** The definitions of the augmentation kernels, in float64. */

/** Linear interpolation between 256 values. */
export function toneCurve(x: Float32Array, curve: ArrayLike<number>): Float64Array {
  return Float64Array.from(x, (value) => {
    const grey = Math.min(255, Math.max(0, value));
    const lower = Math.min(254, Math.floor(grey));
    const [a, b] = [curve[lower] ?? NaN, curve[lower + 1] ?? NaN];
    return a + (b - a) * (grey - lower);
  });
}

/** x [h, w], one filter per output row: `{ start, weights }` over rows of x; the result is [w, filters]. */
export function filterColumns(
  x: Float32Array,
  w: number,
  filters: readonly { readonly start: number; readonly weights: readonly number[] }[],
): Float64Array {
  return Float64Array.from({ length: w * filters.length }, (_, at) => {
    const column = Math.floor(at / filters.length);
    const { start, weights } = filters[at % filters.length] ?? { start: NaN, weights: [] };
    return weights.reduce((sum, weight, tap) => sum + weight * (x[(start + tap) * w + column] ?? NaN), 0);
  });
}

/** Ref: ITU-T T.81, A.3.3: the sums of its definition, and A.3.4 for quantisation. `steps` by [vertical][horizontal]. */
export function jpegRoundTrip(x: Float32Array, w: number, steps: readonly number[]): Float64Array {
  const h = x.length / w;
  const y = new Float64Array(x.length);
  const weight = (k: number): number => (k === 0 ? Math.SQRT1_2 : 1) / 2;
  const wave = (n: number, k: number): number => weight(k) * Math.cos(((2 * n + 1) * k * Math.PI) / 16);
  const toGrey = (value: number): number => Math.min(255, Math.max(0, Math.round(value)));
  const eight = [0, 1, 2, 3, 4, 5, 6, 7];
  const pairs = eight.flatMap((v) => eight.map((u) => [v, u] as const));
  for (let top = 0; top < h; top += 8) {
    for (let left = 0; left < w; left += 8) {
      const samples = pairs.map(([row, column]) => {
        const at = Math.min(top + row, h - 1) * w + Math.min(left + column, w - 1);
        return toGrey(x[at] ?? NaN) - 128;
      });
      const coefficients = pairs.map(([v, u], index) => {
        const sum = pairs.reduce(
          (s, [row, column], i) => s + (samples[i] ?? NaN) * wave(row, v) * wave(column, u),
          0,
        );
        const step = steps[index] ?? NaN;
        return Math.round(sum / step) * step;
      });
      for (const [row, column] of pairs) {
        if (top + row >= h || left + column >= w) continue;
        const sum = pairs.reduce(
          (s, [v, u], i) => s + (coefficients[i] ?? NaN) * wave(row, v) * wave(column, u),
          0,
        );
        y[(top + row) * w + left + column] = toGrey(sum + 128);
      }
    }
  }
  return y;
}
