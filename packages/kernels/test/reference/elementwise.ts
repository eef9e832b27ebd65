/** Reference for the elementwise kernels, in float64. */

type Numbers = ArrayLike<number>;

export function relu(x: Numbers): Float64Array {
  return Float64Array.from(x, (value) => Math.max(value, 0));
}

export function reluBackward(y: Numbers, dy: Numbers): Float64Array {
  return Float64Array.from(dy, (gradient, i) => ((y[i] ?? NaN) > 0 ? gradient : 0));
}

export function add(a: Numbers, b: Numbers): Float64Array {
  return Float64Array.from(a, (value, i) => value + (b[i] ?? NaN));
}

/** y + scale · x */
export function addScaled(x: Numbers, scale: number, y: Numbers): Float64Array {
  return Float64Array.from(y, (value, i) => value + scale * (x[i] ?? NaN));
}

/** Σ over the rows `first … last` of x [rows, c]. */
export function sumRows(x: Numbers, c: number, first: number, last: number): Float64Array {
  const sums = new Float64Array(c);
  for (let row = first; row < last; row++) {
    for (let channel = 0; channel < c; channel++) {
      sums[channel] = (sums[channel] ?? NaN) + (x[row * c + channel] ?? NaN);
    }
  }
  return sums;
}
