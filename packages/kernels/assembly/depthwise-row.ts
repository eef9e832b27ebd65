/**
 * One output row of a depthwise convolution with any kernel size, stride and padding, four channels or one at a time.
 *
 * A 3×3 kernel keeps its weights in nine registers for all windows that lie within the picture's columns. Windows that
 * extend past the left or right edge, and other kernel sizes, loop over the taps that lie inside.
 */
import { applyEpilogueLanes } from './epilogue';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

/**
 * @param x the first pixel of the picture, at these channels
 * @param top input row at which the windows begin; rows outside the picture count as zeros
 * @param y the first output; outputs are `pixelBytes` apart, as inputs are
 */
@inline
export function depthwiseRow(
  x: usize, hIn: i32, wIn: i32, pixelBytes: i32, top: i32, padLeft: i32,
  w: usize, kh: i32, kw: i32, stride: i32, bias: usize,
  y: usize, wOut: i32, flags: i32, full: bool,
): void {
  const start = bias ? loadLanes(bias, full) : f32x4.splat(0);
  // Windows whose columns all lie inside.
  let first = 0;
  let last = 0;
  if (kh == 3 && kw == 3 && wIn + padLeft >= 3) {
    first = min((max(padLeft, 0) + stride - 1) / stride, wOut);
    last = max(first, min(wOut, (wIn + padLeft - 3) / stride + 1));
    const from = x + (first * stride - padLeft) * pixelBytes;
    const to = y + first * pixelBytes;
    depthwiseRow3x3(from, hIn, wIn, pixelBytes, top, w, stride * pixelBytes, start, to, last - first, flags, full);
  }
  const firstRow = max(0, -top);
  const lastRow = min(kh, hIn - top);
  for (let column = 0; column < wOut; column++) {
    if (column == first) column = last;
    if (column >= wOut) break;
    const left = column * stride - padLeft;
    const firstColumn = max(0, -left);
    const lastColumn = min(kw, wIn - left);
    let sum = start;
    for (let ky = firstRow; ky < lastRow; ky++) {
      let from = x + ((top + ky) * wIn + left + firstColumn) * pixelBytes;
      let weight = w + (ky * kw + firstColumn) * pixelBytes;
      for (let kx = firstColumn; kx < lastColumn; kx++) {
        sum = multiplyAdd(loadLanes(from, full), loadLanes(weight, full), sum);
        from += pixelBytes;
        weight += pixelBytes;
      }
    }
    const to = y + column * pixelBytes;
    storeLanes(to, applyEpilogueLanes(sum, to, flags, full), full);
  }
}

/** `count` windows of 3×3 whose columns all lie inside; `from` is the left column of the first one, in row 0. */
@inline
function depthwiseRow3x3(
  from: usize, hIn: i32, wIn: i32, pixelBytes: i32, top: i32,
  w: usize, step: i32, start: v128,
  y: usize, count: i32, flags: i32, full: bool,
): void {
  const rowBytes = wIn * pixelBytes;
  const wRow = 3 * pixelBytes;
  let x0 = rowInside(from, top, hIn, rowBytes);
  let x1 = rowInside(from, top + 1, hIn, rowBytes);
  let x2 = rowInside(from, top + 2, hIn, rowBytes);
  const w00 = weightInside(w, top, hIn, full);
  const w01 = weightInside(w + pixelBytes, top, hIn, full);
  const w02 = weightInside(w + 2 * pixelBytes, top, hIn, full);
  const w10 = weightInside(w + wRow, top + 1, hIn, full);
  const w11 = weightInside(w + wRow + pixelBytes, top + 1, hIn, full);
  const w12 = weightInside(w + wRow + 2 * pixelBytes, top + 1, hIn, full);
  const w20 = weightInside(w + 2 * wRow, top + 2, hIn, full);
  const w21 = weightInside(w + 2 * wRow + pixelBytes, top + 2, hIn, full);
  const w22 = weightInside(w + 2 * wRow + 2 * pixelBytes, top + 2, hIn, full);
  let to = y;
  for (let left = count; left > 0; left--) {
    let sum = multiplyAdd(loadLanes(x0, full), w00, start);
    sum = multiplyAdd(loadLanes(x0 + pixelBytes, full), w01, sum);
    sum = multiplyAdd(loadLanes(x0 + 2 * pixelBytes, full), w02, sum);
    sum = multiplyAdd(loadLanes(x1, full), w10, sum);
    sum = multiplyAdd(loadLanes(x1 + pixelBytes, full), w11, sum);
    sum = multiplyAdd(loadLanes(x1 + 2 * pixelBytes, full), w12, sum);
    sum = multiplyAdd(loadLanes(x2, full), w20, sum);
    sum = multiplyAdd(loadLanes(x2 + pixelBytes, full), w21, sum);
    sum = multiplyAdd(loadLanes(x2 + 2 * pixelBytes, full), w22, sum);
    storeLanes(to, applyEpilogueLanes(sum, to, flags, full), full);
    x0 += step;
    x1 += step;
    x2 += step;
    to += pixelBytes;
  }
}

/** A row of the picture; a row outside is replaced by the nearest one inside, whose weights are then zero. */
@inline
function rowInside(from: usize, row: i32, hIn: i32, rowBytes: i32): usize {
  return from + min(max(row, 0), hIn - 1) * rowBytes;
}

@inline
function weightInside(w: usize, row: i32, hIn: i32, full: bool): v128 {
  return <u32>row < <u32>hIn ? loadLanes(w, full) : f32x4.splat(0);
}
