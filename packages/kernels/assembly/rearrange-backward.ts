/**
 * Gradients of rearrange.ts and average-pooling.ts: products, resampling, padding, means over windows.
 *
 * Every kernel gathers: each element of dx sums its contributions in a fixed order, so that no two threads write to the same
 * element. All kernels overwrite dx.
 */
import { lowerSource, sourceFraction, sourcePosition } from './bilinear';
import { copyFloats } from './copy';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';
import { endWindow, firstWindow } from './window';

@inline
function multiplyAddLanes(a: usize, b: usize, y: usize, full: bool): void {
  storeLanes(y, multiplyAdd(loadLanes(a, full), loadLanes(b, full), loadLanes(y, full)), full);
}

/** y += a · b; items are elements. */
export function multiplyAccumulate(a: usize, b: usize, y: usize, begin: i32, end: i32): void {
  let at = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; at + 16 <= last; at += 16) multiplyAddLanes(a + at, b + at, y + at, true);
  for (; at < last; at += 4) multiplyAddLanes(a + at, b + at, y + at, false);
}

@inline
function sumProductsLanes(x: usize, dy: usize, to: usize, pixels: i32, bytes: usize, full: bool): void {
  let even = f32x4.splat(0);
  let odd = even;
  let pixel = 0;
  for (; pixel + 2 <= pixels; pixel += 2) {
    even = multiplyAdd(loadLanes(x, full), loadLanes(dy, full), even);
    odd = multiplyAdd(loadLanes(x + bytes, full), loadLanes(dy + bytes, full), odd);
    x += 2 * bytes;
    dy += 2 * bytes;
  }
  if (pixel < pixels) even = multiplyAdd(loadLanes(x, full), loadLanes(dy, full), even);
  storeLanes(to, f32x4.add(even, odd), full);
}

/** dFactors[image, channel] = Σ x · dy over the image's pixels (see multiplyChannels); items are images. */
export function multiplyChannelsBackward(
  x: usize, dy: usize, dFactors: usize,
  pixels: i32, c: i32, begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  for (let image = begin; image < end; image++) {
    const start = <usize>image * <usize>pixels * bytes;
    const to = dFactors + <usize>image * bytes;
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) {
      sumProductsLanes(x + start + at, dy + start + at, to + at, pixels, bytes, true);
    }
    for (; at < bytes; at += 4) {
      sumProductsLanes(x + start + at, dy + start + at, to + at, pixels, bytes, false);
    }
  }
}

/** dx = the rectangle and channels of dy [n, hOut, wOut, cOut] that x was copied to; items are rows of dx, n·h. */
export function zeroPad2dBackward(
  dy: usize, dx: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, cOut: i32, padTop: i32, padLeft: i32,
  begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  const step = <usize>cOut << 2;
  for (let item = begin; item < end; item++) {
    const image = item / h;
    const row = image * hOut + (item - image * h) + padTop;
    let from = dy + (<usize>row * <usize>wOut + <usize>padLeft) * step;
    let to = dx + <usize>item * <usize>w * bytes;
    for (let column = 0; column < w; column++) {
      copyFloats(from, to, bytes);
      from += step;
      to += bytes;
    }
  }
}

/** to = Σ of the pixels of a rectangle of dy that starts at `from`. */
@inline
function sumRectangleLanes(
  from: usize, to: usize, rows: i32, columns: i32,
  rowBytes: usize, bytes: usize, full: bool,
): void {
  let sum = f32x4.splat(0);
  for (let row = 0; row < rows; row++, from += rowBytes) {
    let pixel = from;
    for (let column = 0; column < columns; column++, pixel += bytes) sum = f32x4.add(sum, loadLanes(pixel, full));
  }
  storeLanes(to, sum, full);
}

/** The first output whose nearest source pixel is `source` or a later one: ⌈(source·outputs/size) − ½⌉ in integers. */
@inline
function firstOutputOf(source: i32, size: i32, outputs: i32): i32 {
  return <i32>((2 * <i64>source * <i64>outputs + <i64>size - 1) / (2 * <i64>size));
}

/** dx = Σ dy over the outputs whose nearest pixel it is; items are rows of dx, n·h. */
export function resizeNearest2dBackward(
  dy: usize, dx: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32,
  begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  const rowBytes = <usize>wOut * bytes;
  for (let item = begin; item < end; item++) {
    const image = item / h;
    const row = item - image * h;
    const firstRow = firstOutputOf(row, h, hOut);
    const rows = firstOutputOf(row + 1, h, hOut) - firstRow;
    const from = dy + <usize>(image * hOut + firstRow) * rowBytes;
    let to = dx + <usize>item * <usize>w * bytes;
    for (let column = 0; column < w; column++, to += bytes) {
      const firstColumn = firstOutputOf(column, w, wOut);
      const columns = firstOutputOf(column + 1, w, wOut) - firstColumn;
      const pixel = from + <usize>firstColumn * bytes;
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) {
        sumRectangleLanes(pixel + at, to + at, rows, columns, rowBytes, bytes, true);
      }
      for (; at < bytes; at += 4) {
        sumRectangleLanes(pixel + at, to + at, rows, columns, rowBytes, bytes, false);
      }
    }
  }
}

/** The weight of source pixel `source` in output `i` of a bilinear resize, exactly as in the forward pass. */
@inline
function interpolationWeight(source: i32, i: i32, step: f32, size: i32): f32 {
  const position = sourcePosition(i, step);
  const lower = lowerSource(position, size);
  const fraction = sourceFraction(position, lower);
  if (lower == size - 1) return source == lower ? 1 : 0; // at the edge, both neighbours are the same pixel
  if (source == lower) return 1 - fraction;
  return source == lower + 1 ? fraction : 0;
}

/** No output before this one depends on `source`: positions up to source − 1 give it no weight. */
@inline
function firstContributor(source: i32, step: f32): i32 {
  if (source == 0) return 0;
  return max(<i32>((<f32>source - 0.5) / step - 0.5) - 1, 0);
}

/** No output from this one on depends on `source`. */
@inline
function endContributor(source: i32, step: f32, size: i32, outputs: i32): i32 {
  if (source == size - 1) return outputs;
  return min(<i32>((<f32>source + 1.5) / step - 0.5) + 2, outputs);
}

/** to = Σ weight · dy over the outputs that depend on one source pixel; dy is the gradient of the image. */
@inline
function bilinearBackwardLanes(
  dy: usize, to: usize,
  row: i32, column: i32, firstRow: i32, endRow: i32, h: i32, w: i32, stepY: f32, stepX: f32, wOut: i32,
  bytes: usize, full: bool,
): void {
  const firstColumn = firstContributor(column, stepX);
  const endColumn = endContributor(column, stepX, w, wOut);
  let sum = f32x4.splat(0);
  for (let i = firstRow; i < endRow; i++) {
    const shareY = interpolationWeight(row, i, stepY, h);
    if (shareY == 0) continue;
    let pixel = dy + <usize>(i * wOut + firstColumn) * bytes;
    for (let j = firstColumn; j < endColumn; j++, pixel += bytes) {
      const share = f32x4.splat(shareY * interpolationWeight(column, j, stepX, w));
      sum = multiplyAdd(loadLanes(pixel, full), share, sum);
    }
  }
  storeLanes(to, sum, full);
}

/** dx = Σ dy over the outputs that depend on a pixel, times its weights; items are rows of dx, n·h. */
export function resizeBilinear2dBackward(
  dy: usize, dx: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32,
  begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  const stepX = <f32>w / <f32>wOut;
  const stepY = <f32>h / <f32>hOut;
  for (let item = begin; item < end; item++) {
    const image = item / h;
    const row = item - image * h;
    const firstRow = firstContributor(row, stepY);
    const endRow = endContributor(row, stepY, h, hOut);
    const from = dy + <usize>image * <usize>(hOut * wOut) * bytes;
    let to = dx + <usize>item * <usize>w * bytes;
    for (let column = 0; column < w; column++, to += bytes) {
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) {
        bilinearBackwardLanes(
          from + at, to + at, row, column, firstRow, endRow, h, w, stepY, stepX, wOut, bytes, true,
        );
      }
      for (; at < bytes; at += 4) {
        bilinearBackwardLanes(
          from + at, to + at, row, column, firstRow, endRow, h, w, stepY, stepX, wOut, bytes, false,
        );
      }
    }
  }
}

/** Pixels of a window at `start` that lie inside a picture of `size`. */
@inline
function countInside(start: i32, window: i32, size: i32): i32 {
  return min(start + window, size) - max(start, 0);
}

@inline
function averageBackwardLanes(
  dy: usize, to: usize,
  firstRow: i32, endRow: i32, firstColumn: i32, endColumn: i32, h: i32, w: i32, kh: i32, kw: i32, stride: i32,
  padTop: i32, padLeft: i32, includePadding: i32,
  rowBytes: usize, bytes: usize, full: bool,
): void {
  let sum = f32x4.splat(0);
  for (let row = firstRow; row < endRow; row++) {
    const insideRows = countInside(row * stride - padTop, kh, h);
    let pixel = dy + <usize>row * rowBytes + <usize>firstColumn * bytes;
    for (let column = firstColumn; column < endColumn; column++, pixel += bytes) {
      const inside = max(insideRows * countInside(column * stride - padLeft, kw, w), 1);
      const factor = f32x4.splat(1 / <f32>(includePadding ? kh * kw : inside));
      sum = multiplyAdd(loadLanes(pixel, full), factor, sum);
    }
  }
  storeLanes(to, sum, full);
}

/** dx = Σ dy / pixel count over the windows that cover a pixel (see averagePool2d); items are rows of dx, n·h. */
export function averagePool2dBackward(
  dy: usize, dx: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, kh: i32, kw: i32, stride: i32, padTop: i32, padLeft: i32,
  includePadding: i32, begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  const rowBytes = <usize>wOut * bytes;
  for (let item = begin; item < end; item++) {
    const image = item / h;
    // In padded coordinates, window i covers rows i·stride … i·stride + kh − 1.
    const y = item - image * h + padTop;
    const firstRow = firstWindow(y, kh, stride);
    const endRow = endWindow(y, stride, hOut);
    const from = dy + <usize>(image * hOut) * rowBytes;
    let to = dx + <usize>item * <usize>w * bytes;
    for (let column = 0; column < w; column++, to += bytes) {
      const x = column + padLeft;
      const firstColumn = firstWindow(x, kw, stride);
      const endColumn = endWindow(x, stride, wOut);
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) {
        averageBackwardLanes(
          from + at, to + at, firstRow, endRow, firstColumn, endColumn,
          h, w, kh, kw, stride, padTop, padLeft, includePadding, rowBytes, bytes, true,
        );
      }
      for (; at < bytes; at += 4) {
        averageBackwardLanes(
          from + at, to + at, firstRow, endRow, firstColumn, endColumn,
          h, w, kh, kw, stride, padTop, padLeft, includePadding, rowBytes, bytes, false,
        );
      }
    }
  }
}
