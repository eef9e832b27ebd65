/** Average pooling over windows, and global average pooling with its gradient, vectorised over the channels of NHWC tensors. */
import { FLAG_ACCUMULATE } from './flags';
import { loadLanes, storeLanes } from './lanes';

@inline
function averageLanes(x: usize, y: usize, pixels: i32, pixelBytes: usize, full: bool): void {
  let sum = loadLanes(x, full);
  for (let pixel = 1; pixel < pixels; pixel++) {
    x += pixelBytes;
    sum = f32x4.add(sum, loadLanes(x, full));
  }
  storeLanes(y, f32x4.div(sum, f32x4.splat(<f32>pixels)), full);
}

/** y[n, c] = mean of x[n, pixels, c] over pixels; items are images. */
export function globalAveragePool(x: usize, y: usize, pixels: i32, c: i32, begin: i32, end: i32): void {
  const pixelBytes = <usize>c << 2;
  for (let image = begin; image < end; image++) {
    const xImage = x + <usize>(image * pixels) * pixelBytes;
    const yImage = y + <usize>image * pixelBytes;
    let at: usize = 0;
    for (; at + 16 <= pixelBytes; at += 16) averageLanes(xImage + at, yImage + at, pixels, pixelBytes, true);
    for (; at < pixelBytes; at += 4) averageLanes(xImage + at, yImage + at, pixels, pixelBytes, false);
  }
}

@inline
function averageBackwardLanes(
  dy: usize, dx: usize, pixels: i32,
  pixelBytes: usize, accumulate: bool, full: bool,
): void {
  const gradient = f32x4.div(loadLanes(dy, full), f32x4.splat(<f32>pixels));
  for (let pixel = 0; pixel < pixels; pixel++) {
    storeLanes(dx, accumulate ? f32x4.add(loadLanes(dx, full), gradient) : gradient, full);
    dx += pixelBytes;
  }
}

/** dx[n, pixels, c] = dy[n, c] / pixels (added to dx with FLAG_ACCUMULATE); items are images. */
export function globalAveragePoolBackward(
  dy: usize, dx: usize,
  pixels: i32, c: i32, flags: i32,
  begin: i32, end: i32,
): void {
  const pixelBytes = <usize>c << 2;
  const accumulate = (flags & FLAG_ACCUMULATE) != 0;
  for (let image = begin; image < end; image++) {
    const dyImage = dy + <usize>image * pixelBytes;
    const dxImage = dx + <usize>(image * pixels) * pixelBytes;
    let at: usize = 0;
    for (; at + 16 <= pixelBytes; at += 16) {
      averageBackwardLanes(dyImage + at, dxImage + at, pixels, pixelBytes, accumulate, true);
    }
    for (; at < pixelBytes; at += 4) {
      averageBackwardLanes(dyImage + at, dxImage + at, pixels, pixelBytes, accumulate, false);
    }
  }
}

@inline
function meanLanes(
  x: usize, y: usize,
  firstRow: i32, lastRow: i32, firstColumn: i32, lastColumn: i32,
  rowBytes: usize, pixelBytes: usize, factor: v128, full: bool,
): void {
  let sum = f32x4.splat(0);
  for (let row = firstRow; row < lastRow; row++) {
    let pixel = x + <usize>row * rowBytes + <usize>firstColumn * pixelBytes;
    for (let column = firstColumn; column < lastColumn; column++, pixel += pixelBytes) {
      sum = f32x4.add(sum, loadLanes(pixel, full));
    }
  }
  storeLanes(y, f32x4.mul(sum, factor), full);
}

/**
 * Mean over windows; items are rows of y, n·hOut. With `includePadding` ≠ 0, pixels outside count as zeros; otherwise the
 * mean is over the pixels inside.
 */
export function averagePool2d(
  x: usize, y: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, kh: i32, kw: i32, stride: i32, padTop: i32, padLeft: i32,
  includePadding: i32, begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  const rowBytes = <usize>w * bytes;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const top = (item - image * hOut) * stride - padTop;
    const firstRow = max(top, 0);
    const lastRow = min(top + kh, h);
    const from = x + <usize>image * <usize>h * rowBytes;
    let to = y + <usize>item * <usize>wOut * bytes;
    for (let column = 0; column < wOut; column++, to += bytes) {
      const left = column * stride - padLeft;
      const firstColumn = max(left, 0);
      const lastColumn = min(left + kw, w);
      const inside = max((lastRow - firstRow) * (lastColumn - firstColumn), 1);
      const factor = f32x4.splat(1 / <f32>(includePadding ? kh * kw : inside));
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) {
        meanLanes(from + at, to + at, firstRow, lastRow, firstColumn, lastColumn, rowBytes, bytes, factor, true);
      }
      for (; at < bytes; at += 4) {
        meanLanes(from + at, to + at, firstRow, lastRow, firstColumn, lastColumn, rowBytes, bytes, factor, false);
      }
    }
  }
}
