/**
 * The gradient of max pooling. It gathers: each input element sums the gradients of the windows whose maximum it was. No
 * two items write to the same element, so they may run in any order.
 *
 * Supports any window; 3×3 with stride 2, the most common one, has an unrolled path.
 */
import { FLAG_ACCUMULATE } from './flags';
import { loadLanes, storeLanes } from './lanes';
import { endWindow, firstWindow } from './window';

/** One input pixel, one channel group: sums the gradients of the covering windows whose maximum it was. */
@inline
function maxPoolBackwardLanes(
  dy: usize, argmax: usize, dx: usize,
  position: i32, windowRows: i32, windowColumns: i32, kw: i32, stride: i32,
  rowBytes: usize, pixelBytes: usize, accumulate: bool, full: bool,
): void {
  let sum = f32x4.splat(0);
  for (let row = 0; row < windowRows; row++) {
    let at: usize = 0;
    let place = position;
    for (let column = 0; column < windowColumns; column++) {
      sum = f32x4.add(sum, gradientOf(loadLanes(dy + at, full), loadLanes(argmax + at, full), place));
      at += pixelBytes;
      place -= stride;
    }
    dy += rowBytes;
    argmax += rowBytes;
    position -= stride * kw;
  }
  storeGradient(dx, sum, accumulate, full);
}

/** The gradient of a window in the lanes whose maximum was at `place`, 0 in the others. */
@inline
function gradientOf(dy: v128, argmax: v128, place: i32): v128 {
  return v128.and(dy, i32x4.eq(argmax, i32x4.splat(place)));
}

@inline
function storeGradient(dx: usize, gradient: v128, accumulate: bool, full: bool): void {
  storeLanes(dx, accumulate ? f32x4.add(loadLanes(dx, full), gradient) : gradient, full);
}

/**
 * One row of dx under 3×3 windows with stride 2, one channel group, from left to right. In padded coordinates, column 2i is
 * covered by the right column of window i − 1 and the left column of window i, and column 2i + 1 only by the middle column
 * of window i. So each window is loaded once, and its right column is carried over to the next step. dy and argmax point at
 * the first window row that covers this row; `place` is the position of this row in those windows. With `both`, the next
 * window row covers it too, with its top row.
 */
@inline
function maxPoolBackward3x3Lanes(
  dy: usize, argmax: usize, dx: usize,
  place: i32, both: bool, w: i32, wOut: i32, padLeft: i32,
  rowBytes: usize, pixelBytes: usize, accumulate: bool, full: bool,
): void {
  const zero = f32x4.splat(0);
  let carried = zero;
  dx -= <usize>padLeft * pixelBytes;
  for (let window = 0, column = -padLeft; column < w; window++) {
    let left = zero;
    let middle = zero;
    let right = zero;
    if (window < wOut) {
      const gradient = loadLanes(dy, full);
      const maximum = loadLanes(argmax, full);
      left = gradientOf(gradient, maximum, place);
      middle = gradientOf(gradient, maximum, place + 1);
      right = gradientOf(gradient, maximum, place + 2);
      if (both) {
        const gradient2 = loadLanes(dy + rowBytes, full);
        const maximum2 = loadLanes(argmax + rowBytes, full);
        left = f32x4.add(left, gradientOf(gradient2, maximum2, 0));
        middle = f32x4.add(middle, gradientOf(gradient2, maximum2, 1));
        right = f32x4.add(right, gradientOf(gradient2, maximum2, 2));
      }
    }
    if (column >= 0) storeGradient(dx, f32x4.add(carried, left), accumulate, full);
    column++;
    if (column >= 0 && column < w) storeGradient(dx + pixelBytes, middle, accumulate, full);
    column++;
    carried = right;
    dy += pixelBytes;
    argmax += pixelBytes;
    dx += 2 * pixelBytes;
  }
}

@inline
function maxPoolBackward3x3Row(
  dy: usize, argmax: usize, dx: usize,
  place: i32, both: bool, w: i32, wOut: i32, padLeft: i32,
  rowBytes: usize, pixelBytes: usize, accumulate: bool,
): void {
  let at: usize = 0;
  for (; at + 16 <= pixelBytes; at += 16) {
    maxPoolBackward3x3Lanes(
      dy + at, argmax + at, dx + at, place, both, w, wOut, padLeft, rowBytes, pixelBytes, accumulate, true,
    );
  }
  for (; at < pixelBytes; at += 4) {
    maxPoolBackward3x3Lanes(
      dy + at, argmax + at, dx + at, place, both, w, wOut, padLeft, rowBytes, pixelBytes, accumulate, false,
    );
  }
}

/**
 * dx[element] = Σ dy of the windows whose argmax points at it (added to dx with FLAG_ACCUMULATE); items are rows of dx, n·h.
 */
export function maxPool2dBackward(
  dy: usize, argmax: usize, dx: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, kh: i32, kw: i32, stride: i32, padTop: i32, padLeft: i32,
  flags: i32, begin: i32, end: i32,
): void {
  const pixelBytes = <usize>c << 2;
  const rowBytes = <usize>wOut * pixelBytes;
  const accumulate = (flags & FLAG_ACCUMULATE) != 0;
  for (let item = begin; item < end; item++) {
    const image = item / h;
    // In padded coordinates, window i covers rows i·stride … i·stride + kh − 1.
    const y = item - image * h + padTop;
    const firstRow = firstWindow(y, kh, stride);
    const windowRows = endWindow(y, stride, hOut) - firstRow;
    const rowAt = <usize>(image * hOut + firstRow) * rowBytes;
    const rowPosition = (y - firstRow * stride) * kw;
    if (kh == 3 && kw == 3 && stride == 2 && windowRows > 0) {
      const to = dx + <usize>(item * w) * pixelBytes;
      maxPoolBackward3x3Row(
        dy + rowAt, argmax + rowAt, to, rowPosition, windowRows > 1,
        w, wOut, padLeft, rowBytes, pixelBytes, accumulate,
      );
      continue;
    }
    for (let column = 0; column < w; column++) {
      const x = column + padLeft;
      const firstColumn = firstWindow(x, kw, stride);
      const windowColumns = endWindow(x, stride, wOut) - firstColumn;
      const position = rowPosition + x - firstColumn * stride;
      const from = rowAt + <usize>firstColumn * pixelBytes;
      const to = dx + <usize>(item * w + column) * pixelBytes;
      let at: usize = 0;
      for (; at + 16 <= pixelBytes; at += 16) {
        maxPoolBackwardLanes(
          dy + from + at, argmax + from + at, to + at,
          position, windowRows, windowColumns, kw, stride, rowBytes, pixelBytes, accumulate, true,
        );
      }
      for (; at < pixelBytes; at += 4) {
        maxPoolBackwardLanes(
          dy + from + at, argmax + from + at, to + at,
          position, windowRows, windowColumns, kw, stride, rowBytes, pixelBytes, accumulate, false,
        );
      }
    }
  }
}
