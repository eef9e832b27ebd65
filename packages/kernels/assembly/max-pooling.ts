/**
 * Max pooling, vectorised over the channels of NHWC tensors.
 *
 * There is no padding: windows are clipped to the picture. Supports any window; 3×3 and 2×2 with stride 2, the most common
 * ones, have unrolled paths.
 */
import { loadLanes, selectLanes, storeLanes } from './lanes';

/** Stores a maximum plus the addend, and the position of the maximum; argmax and addend may be absent. */
@inline
function storeMaximum(best: v128, where: v128, y: usize, argmax: usize, addend: usize, full: bool): void {
  if (argmax) storeLanes(argmax, where, full);
  if (addend) best = f32x4.add(best, loadLanes(addend, full));
  storeLanes(y, best, full);
}

/**
 * One output pixel, one channel group: `windowRows` × `windowColumns` pixels of x, the first at position `position` of the
 * window.
 */
@inline
function maxPoolLanes(
  x: usize, y: usize, argmax: usize, addend: usize,
  position: i32, windowRows: i32, windowColumns: i32, kw: i32,
  rowBytes: usize, pixelBytes: usize, full: bool,
): void {
  let best = loadLanes(x, full);
  let where = i32x4.splat(position);
  for (let row = 0; row < windowRows; row++) {
    let pixel = x;
    let place = position;
    for (let column = 0; column < windowColumns; column++) {
      const value = loadLanes(pixel, full);
      where = selectLanes(i32x4.splat(place), where, f32x4.gt(value, best));
      best = f32x4.pmax(best, value);
      pixel += pixelBytes;
      place++;
    }
    x += rowBytes;
    position += kw;
  }
  storeMaximum(best, where, y, argmax, addend, full);
}

/**
 * One row of y under 3×3 windows with stride 2, one channel group, from left to right, without argmax. The maximum of a
 * window's right column is also that of the next window's left column and stays in a register.
 *
 * A window may extend past an edge by one pixel: instead of the row or column outside, the adjacent one inside is read
 * again, which changes no maximum. `x` points at the middle pixel of the first window's upper row; the other rows are
 * `toRow1` and `toRow2` bytes further on.
 */
@inline
function maxPool3x3Lanes(
  x: usize, y: usize, addend: usize, toRow1: usize, toRow2: usize,
  wOut: i32,
  pixelBytes: usize, clippedLeft: bool, clippedRight: bool, withAddend: bool, full: bool,
): void {
  let upper = x;
  let middle = x + toRow1;
  let lower = x + toRow2;
  let left = clippedLeft ? loadMaximum(upper, middle, lower, 0, full) : loadMaximum(upper, middle, lower, -pixelBytes, full);
  for (let last = wOut - 1; last > 0; last--) {
    const centre = loadMaximum(upper, middle, lower, 0, full);
    const right = loadMaximum(upper, middle, lower, pixelBytes, full);
    let best = f32x4.pmax(f32x4.pmax(left, centre), right);
    if (withAddend) {
      best = f32x4.add(best, loadLanes(addend, full));
      addend += pixelBytes;
    }
    storeLanes(y, best, full);
    left = right;
    y += pixelBytes;
    upper += 2 * pixelBytes;
    middle += 2 * pixelBytes;
    lower += 2 * pixelBytes;
  }
  let best = f32x4.pmax(left, loadMaximum(upper, middle, lower, 0, full));
  if (!clippedRight) best = f32x4.pmax(best, loadMaximum(upper, middle, lower, pixelBytes, full));
  if (withAddend) best = f32x4.add(best, loadLanes(addend, full));
  storeLanes(y, best, full);
}

/** The maximum of a column of three pixels. */
@inline
function loadMaximum(upper: usize, middle: usize, lower: usize, offset: usize, full: bool): v128 {
  const best = f32x4.pmax(loadLanes(upper + offset, full), loadLanes(middle + offset, full));
  return f32x4.pmax(best, loadLanes(lower + offset, full));
}

/**
 * The same with argmax. Only a greater value replaces a maximum, so repeated pixels after the original do not matter; those
 * before it (above, to the left) must report the position of the pixel that they repeat.
 */
@inline
function maxPool3x3ArgmaxLanes(
  x: usize, y: usize, argmax: usize, addend: usize, toRow1: usize, toRow2: usize,
  wOut: i32,
  pixelBytes: usize, clippedTop: bool, clippedLeft: bool, clippedRight: bool, full: bool,
): void {
  const one = i32x4.splat(1);
  const firstPlace = i32x4.splat(clippedTop ? 3 : 0);
  let leftShift = i32x4.splat(clippedLeft ? 1 : 0);
  const leftmost = clippedLeft ? x : x - pixelBytes;
  let left0 = loadLanes(leftmost, full);
  let left1 = loadLanes(leftmost + toRow1, full);
  let left2 = loadLanes(leftmost + toRow2, full);
  for (let last = wOut - 1; last >= 0; last--) {
    const right = clippedRight && last == 0 ? x : x + pixelBytes;
    const right0 = loadLanes(right, full);
    const right1 = loadLanes(right + toRow1, full);
    const right2 = loadLanes(right + toRow2, full);
    let place = i32x4.add(firstPlace, one);
    let where = i32x4.add(firstPlace, leftShift);
    let value = loadLanes(x, full);
    where = selectLanes(place, where, f32x4.gt(value, left0));
    let best = f32x4.pmax(left0, value);
    place = i32x4.add(place, one);
    where = selectLanes(place, where, f32x4.gt(right0, best));
    best = f32x4.pmax(best, right0);
    place = i32x4.splat(3);
    where = selectLanes(i32x4.add(place, leftShift), where, f32x4.gt(left1, best));
    best = f32x4.pmax(best, left1);
    place = i32x4.add(place, one);
    value = loadLanes(x + toRow1, full);
    where = selectLanes(place, where, f32x4.gt(value, best));
    best = f32x4.pmax(best, value);
    place = i32x4.add(place, one);
    where = selectLanes(place, where, f32x4.gt(right1, best));
    best = f32x4.pmax(best, right1);
    place = i32x4.add(place, one);
    where = selectLanes(i32x4.add(place, leftShift), where, f32x4.gt(left2, best));
    best = f32x4.pmax(best, left2);
    place = i32x4.add(place, one);
    value = loadLanes(x + toRow2, full);
    where = selectLanes(place, where, f32x4.gt(value, best));
    best = f32x4.pmax(best, value);
    place = i32x4.add(place, one);
    where = selectLanes(place, where, f32x4.gt(right2, best));
    best = f32x4.pmax(best, right2);
    storeLanes(argmax, where, full);
    if (addend) {
      best = f32x4.add(best, loadLanes(addend, full));
      addend += pixelBytes;
    }
    storeLanes(y, best, full);
    leftShift = i32x4.splat(0);
    left0 = right0;
    left1 = right1;
    left2 = right2;
    argmax += pixelBytes;
    y += pixelBytes;
    x += 2 * pixelBytes;
  }
}

/** One row of y, one channel group: selects the variant. */
@inline
function maxPool3x3Row(
  x: usize, y: usize, argmax: usize, addend: usize, toRow1: usize, toRow2: usize,
  wOut: i32,
  pixelBytes: usize, clippedTop: bool, clippedLeft: bool, clippedRight: bool, withArgmax: bool, full: bool,
): void {
  if (withArgmax) {
    maxPool3x3ArgmaxLanes(
      x, y, argmax, addend, toRow1, toRow2, wOut, pixelBytes, clippedTop, clippedLeft, clippedRight, full,
    );
  } else if (addend) {
    maxPool3x3Lanes(x, y, addend, toRow1, toRow2, wOut, pixelBytes, clippedLeft, clippedRight, true, full);
  } else {
    maxPool3x3Lanes(x, y, 0, toRow1, toRow2, wOut, pixelBytes, clippedLeft, clippedRight, false, full);
  }
}

/** The rows `begin … end` of y for 3×3 windows with stride 2 that extend past an edge by at most one pixel. */
@inline
function maxPool3x3(
  x: usize, y: usize, argmax: usize, addend: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, padTop: i32, padLeft: i32, withArgmax: bool,
  begin: i32, end: i32,
): void {
  const pixelBytes = <usize>c << 2;
  const rowBytes = <usize>w * pixelBytes;
  const clippedLeft = padLeft == 1;
  const clippedRight = wOut * 2 - padLeft == w;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const middleRow = (item - image * hOut) * 2 - padTop + 1;
    const clippedTop = middleRow == 0;
    const firstRow = clippedTop ? 0 : middleRow - 1;
    const toRow1: usize = clippedTop ? 0 : rowBytes;
    const toRow2 = middleRow + 1 < h ? toRow1 + rowBytes : toRow1;
    const from = x + <usize>((image * h + firstRow) * w + 1 - padLeft) * pixelBytes;
    const to = <usize>item * <usize>wOut * pixelBytes;
    let at: usize = 0;
    for (; at + 16 <= pixelBytes; at += 16) {
      maxPool3x3Row(
        from + at, y + to + at, argmax + to + at, addend ? addend + to + at : 0,
        toRow1, toRow2, wOut, pixelBytes, clippedTop, clippedLeft, clippedRight, withArgmax, true,
      );
    }
    for (; at < pixelBytes; at += 4) {
      maxPool3x3Row(
        from + at, y + to + at, argmax + to + at, addend ? addend + to + at : 0,
        toRow1, toRow2, wOut, pixelBytes, clippedTop, clippedLeft, clippedRight, withArgmax, false,
      );
    }
  }
}

@inline
function maxPool2x2Lanes(
  x: usize, y: usize, addend: usize, rowBytes: usize,
  wOut: i32, pixelBytes: usize, full: bool,
): void {
  for (let left = wOut; left > 0; left--) {
    const below = x + rowBytes;
    const upper = f32x4.pmax(loadLanes(x, full), loadLanes(x + pixelBytes, full));
    const lower = f32x4.pmax(loadLanes(below, full), loadLanes(below + pixelBytes, full));
    let best = f32x4.pmax(upper, lower);
    if (addend) {
      best = f32x4.add(best, loadLanes(addend, full));
      addend += pixelBytes;
    }
    storeLanes(y, best, full);
    x += 2 * pixelBytes;
    y += pixelBytes;
  }
}

/** The rows `begin … end` of y for 2×2 windows with stride 2 that lie inside the picture. */
@inline
function maxPool2x2(
  x: usize, y: usize, addend: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32,
  begin: i32, end: i32,
): void {
  const pixelBytes = <usize>c << 2;
  const rowBytes = <usize>w * pixelBytes;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const from = x + <usize>(image * h + (item - image * hOut) * 2) * rowBytes;
    const to = <usize>item * <usize>wOut * pixelBytes;
    let at: usize = 0;
    for (; at + 16 <= pixelBytes; at += 16) {
      maxPool2x2Lanes(from + at, y + to + at, addend ? addend + to + at : 0, rowBytes, wOut, pixelBytes, true);
    }
    for (; at < pixelBytes; at += 4) {
      maxPool2x2Lanes(from + at, y + to + at, addend ? addend + to + at : 0, rowBytes, wOut, pixelBytes, false);
    }
  }
}

/**
 * Whether 3×3 windows with stride 2 extend past either end of an axis by at most one pixel, as with Keras' padding 'same'.
 */
@inline
function overhangsByAtMostOne(size: i32, sizeOut: i32, pad: i32): bool {
  return pad >= 0 && pad <= 1 && (sizeOut - 1) * 2 - pad + 1 < size;
}

/**
 * y = max over each window (+ addend); items are the n·hOut rows of y.
 * argmax (int32, as large as y) receives ky·kw + kx of the first maximum; argmax and addend may be absent.
 */
export function maxPool2d(
  x: usize, y: usize, argmax: usize, addend: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, kh: i32, kw: i32, stride: i32, padTop: i32, padLeft: i32,
  flags: i32, begin: i32, end: i32,
): void {
  const is3x3Stride2 = kh == 3 && kw == 3 && stride == 2;
  if (is3x3Stride2 && overhangsByAtMostOne(h, hOut, padTop) && overhangsByAtMostOne(w, wOut, padLeft)) {
    if (argmax) maxPool3x3(x, y, argmax, addend, h, w, c, hOut, wOut, padTop, padLeft, true, begin, end);
    else maxPool3x3(x, y, argmax, addend, h, w, c, hOut, wOut, padTop, padLeft, false, begin, end);
    return;
  }
  const is2x2Stride2 = kh == 2 && kw == 2 && stride == 2 && padTop == 0 && padLeft == 0;
  if (is2x2Stride2 && !argmax && hOut * 2 <= h && wOut * 2 <= w) {
    maxPool2x2(x, y, addend, h, w, c, hOut, wOut, begin, end);
    return;
  }
  const pixelBytes = <usize>c << 2;
  const rowBytes = <usize>w * pixelBytes;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const top = (item - image * hOut) * stride - padTop;
    const firstRow = max(top, 0);
    const windowRows = min(top + kh, h) - firstRow;
    const xRow = x + <usize>(image * h + firstRow) * rowBytes;
    for (let column = 0; column < wOut; column++) {
      const left = column * stride - padLeft;
      const firstColumn = max(left, 0);
      const windowColumns = min(left + kw, w) - firstColumn;
      const position = (firstRow - top) * kw + (firstColumn - left);
      const from = xRow + <usize>firstColumn * pixelBytes;
      const to = <usize>(item * wOut + column) * pixelBytes;
      let at: usize = 0;
      for (; at + 16 <= pixelBytes; at += 16) {
        maxPoolLanes(
          from + at, y + to + at, argmax ? argmax + to + at : 0, addend ? addend + to + at : 0,
          position, windowRows, windowColumns, kw, rowBytes, pixelBytes, true,
        );
      }
      for (; at < pixelBytes; at += 4) {
        maxPoolLanes(
          from + at, y + to + at, argmax ? argmax + to + at : 0, addend ? addend + to + at : 0,
          position, windowRows, windowColumns, kw, rowBytes, pixelBytes, false,
        );
      }
    }
  }
}
