/** Separable blur and resize of training pictures, one direction at a time. */
import { loadLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

/** Stores one value each in four columns of y. */
@inline
function storeColumns(y: usize, sum: v128, columnBytes: usize): void {
  v128.store32_lane(y, sum, 0);
  v128.store32_lane(y + columnBytes, sum, 1);
  v128.store32_lane(y + 2 * columnBytes, sum, 2);
  v128.store32_lane(y + 3 * columnBytes, sum, 3);
}

/** One output row of sixteen columns, which share the loads of the weights. */
@inline
function filterWide(x: usize, weights: usize, y: usize, taps: i32, rowBytes: usize, columnBytes: usize): void {
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  for (let tap = 0; tap < taps; tap++) {
    const weight = v128.load32_splat(weights + (<usize>tap << 2));
    sum0 = multiplyAdd(v128.load(x), weight, sum0);
    sum1 = multiplyAdd(v128.load(x, 16), weight, sum1);
    sum2 = multiplyAdd(v128.load(x, 32), weight, sum2);
    sum3 = multiplyAdd(v128.load(x, 48), weight, sum3);
    x += rowBytes;
  }
  storeColumns(y, sum0, columnBytes);
  storeColumns(y + 4 * columnBytes, sum1, columnBytes);
  storeColumns(y + 8 * columnBytes, sum2, columnBytes);
  storeColumns(y + 12 * columnBytes, sum3, columnBytes);
}

/** One output row of four columns or of one. */
@inline
function filterLanes(
  x: usize, weights: usize, y: usize, taps: i32,
  rowBytes: usize, columnBytes: usize, full: bool,
): void {
  let sum = f32x4.splat(0);
  for (let tap = 0; tap < taps; tap++) {
    sum = multiplyAdd(loadLanes(x, full), v128.load32_splat(weights + (<usize>tap << 2)), sum);
    x += rowBytes;
  }
  if (full) storeColumns(y, sum, columnBytes);
  else v128.store32_lane(y, sum, 0);
}

/**
 * y = the filtered columns of x, transposed: y[column][i] = Σ over t of weights[i][t] · x[starts[i] + t][column].
 *
 * x is [h, w], y [w, hOut], weights [hOut, taps], starts int32 [hOut]; all of starts[i] … starts[i] + taps − 1 must be
 * rows of x. Because the result is transposed, a second launch filters the original rows and transposes back.
 * Items are the hOut output rows.
 */
export function filterColumns(
  x: usize, starts: usize, weights: usize, y: usize,
  w: i32, hOut: i32, taps: i32,
  begin: i32, end: i32,
): void {
  const rowBytes = <usize>w << 2;
  const columnBytes = <usize>hOut << 2;
  for (let row = begin; row < end; row++) {
    let from = x + <usize>load<i32>(starts + (<usize>row << 2)) * rowBytes;
    const rowWeights = weights + (<usize>(row * taps) << 2);
    let to = y + (<usize>row << 2);
    let column = 0;
    for (; column + 16 <= w; column += 16) {
      filterWide(from, rowWeights, to, taps, rowBytes, columnBytes);
      from += 64;
      to += 16 * columnBytes;
    }
    for (; column + 4 <= w; column += 4) {
      filterLanes(from, rowWeights, to, taps, rowBytes, columnBytes, true);
      from += 16;
      to += 4 * columnBytes;
    }
    for (; column < w; column++) {
      filterLanes(from, rowWeights, to, taps, rowBytes, columnBytes, false);
      from += 4;
      to += columnBytes;
    }
  }
}
