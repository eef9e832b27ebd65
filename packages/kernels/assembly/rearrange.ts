/**
 * Copies (concatenation, slices, channel padding), resampling, and products of tensors.
 */
import { lowerSource, sourceFraction, sourcePosition } from './bilinear';
import { copyFloats, fillZeros } from './copy';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

/**
 * y[yStart + i·yStride + j] = x[xStart + i·xStride + j] for j in 0 … block; items are the blocks i. Sizes are in elements.
 * One launch per input makes a concatenation, one launch per output a split.
 */
export function copyBlocks(
  x: usize, xStart: i32, xStride: i32,
  y: usize, yStart: i32, yStride: i32,
  block: i32, begin: i32, end: i32,
): void {
  const bytes = <usize>block << 2;
  for (let i = begin; i < end; i++) {
    const from = x + ((<usize>xStart + <usize>i * <usize>xStride) << 2);
    const to = y + ((<usize>yStart + <usize>i * <usize>yStride) << 2);
    copyFloats(from, to, bytes);
  }
}

/** y[pixel] = the c channels of x[pixel], then zeros up to cOut; items are pixels. */
export function padChannels(x: usize, y: usize, c: i32, cOut: i32, begin: i32, end: i32): void {
  const bytes = <usize>c << 2;
  const outBytes = cOut << 2;
  for (let pixel = begin; pixel < end; pixel++) {
    const from = x + <usize>pixel * bytes;
    const to = y + pixel * outBytes;
    copyFloats(from, to, bytes);
    fillZeros(to + bytes, outBytes - bytes);
  }
}

/** y[row][column] = x[row · stride][column · stride], all c channels; items are rows of y, n·hOut. */
export function subsample2d(
  x: usize, y: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, stride: i32,
  begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  const step = <usize>stride * bytes;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    let from = x + <usize>(image * h + (item - image * hOut) * stride) * <usize>w * bytes;
    let to = y + <usize>item * <usize>wOut * bytes;
    for (let column = 0; column < wOut; column++) {
      copyFloats(from, to, bytes);
      from += step;
      to += bytes;
    }
  }
}

/** y = a · b; items are elements; in place is allowed. */
export function multiply(a: usize, b: usize, y: usize, begin: i32, end: i32): void {
  let offset = <usize>begin << 2;
  const last = <usize>end << 2;
  for (; offset + 16 <= last; offset += 16) {
    v128.store(y + offset, f32x4.mul(v128.load(a + offset), v128.load(b + offset)));
  }
  for (; offset < last; offset += 4) store<f32>(y + offset, load<f32>(a + offset) * load<f32>(b + offset));
}

@inline
function multiplyLanes(a: usize, b: usize, y: usize, full: bool): void {
  storeLanes(y, f32x4.mul(loadLanes(a, full), loadLanes(b, full)), full);
}

/** y[image, pixel, channel] = x[image, pixel, channel] · factors[image, channel]; items are pixels of all images. */
export function multiplyChannels(
  x: usize, factors: usize, y: usize,
  pixels: i32, c: i32, begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  for (let pixel = begin; pixel < end; pixel++) {
    const start = <usize>pixel * bytes;
    const factor = factors + <usize>(pixel / pixels) * bytes;
    let at: usize = 0;
    for (; at + 16 <= bytes; at += 16) multiplyLanes(x + start + at, factor + at, y + start + at, true);
    for (; at < bytes; at += 4) multiplyLanes(x + start + at, factor + at, y + start + at, false);
  }
}

/** Nearest-neighbour resize with half-pixel centres; items are rows of y, n·hOut. */
export function resizeNearest2d(
  x: usize, y: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32,
  begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const row = nearestSource(item - image * hOut, h, hOut);
    const from = x + <usize>(image * h + row) * <usize>w * bytes;
    let to = y + <usize>item * <usize>wOut * bytes;
    for (let column = 0; column < wOut; column++, to += bytes) {
      const pixel = from + <usize>nearestSource(column, w, wOut) * bytes;
      copyFloats(pixel, to, bytes);
    }
  }
}

/** The source pixel that contains the centre of output pixel `i`: ⌊(i + ½)·size/outputs⌋ in integers. */
@inline
function nearestSource(i: i32, size: i32, outputs: i32): i32 {
  return <i32>((<i64>(2 * i + 1) * size) / (2 * <i64>outputs));
}

@inline
function blendLanes(a: usize, b: usize, c: usize, d: usize, to: usize, fx: v128, fy: v128, full: bool): void {
  const top = loadLanes(a, full);
  const bottom = loadLanes(c, full);
  const upper = multiplyAdd(f32x4.sub(loadLanes(b, full), top), fx, top);
  const lower = multiplyAdd(f32x4.sub(loadLanes(d, full), bottom), fx, bottom);
  storeLanes(to, multiplyAdd(f32x4.sub(lower, upper), fy, upper), full);
}

/** Bilinear resize with half-pixel centres; edges repeat. Items are rows of y, n·hOut. */
export function resizeBilinear2d(
  x: usize, y: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32,
  begin: i32, end: i32,
): void {
  const bytes = <usize>c << 2;
  const stepX = <f32>w / <f32>wOut;
  const stepY = <f32>h / <f32>hOut;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const sy = sourcePosition(item - image * hOut, stepY);
    const y0 = lowerSource(sy, h);
    const y1 = min(y0 + 1, h - 1);
    const fy = f32x4.splat(sourceFraction(sy, y0));
    const upper = x + <usize>(image * h + y0) * <usize>w * bytes;
    const lower = x + <usize>(image * h + y1) * <usize>w * bytes;
    let to = y + <usize>item * <usize>wOut * bytes;
    for (let column = 0; column < wOut; column++, to += bytes) {
      const sx = sourcePosition(column, stepX);
      const x0 = lowerSource(sx, w);
      const left = <usize>x0 * bytes;
      const right = <usize>min(x0 + 1, w - 1) * bytes;
      const fx = f32x4.splat(sourceFraction(sx, x0));
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) {
        blendLanes(upper + left + at, upper + right + at, lower + left + at, lower + right + at, to + at, fx, fy, true);
      }
      for (; at < bytes; at += 4) {
        blendLanes(upper + left + at, upper + right + at, lower + left + at, lower + right + at, to + at, fx, fy, false);
      }
    }
  }
}
