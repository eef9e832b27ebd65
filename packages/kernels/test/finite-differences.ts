/**
 * The gradient of `f` at `x` by central differences, in float64: (f(x + h) − f(x − h)) / 2h per element, with an error of
 * about h² ‖f‴‖ / 6 plus 1e-16 / h. Use it with a reference implementation, never with a float32 kernel.
 */
export function finiteDifferences(
  f: (x: Float64Array) => number,
  x: ArrayLike<number>,
  h = 1e-5,
): Float64Array {
  const point = Float64Array.from(x);
  return Float64Array.from(x, (value, i) => {
    point[i] = value + h;
    const above = f(point);
    point[i] = value - h;
    const below = f(point);
    point[i] = value;
    return (above - below) / (2 * h);
  });
}

/** Σ a·b: turns a tensor into the number whose gradient is taken. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? NaN) * (b[i] ?? NaN);
  return sum;
}
