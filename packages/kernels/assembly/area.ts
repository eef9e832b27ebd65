/**
 * Area interpolation (OpenCV's INTER_AREA) from a part of an 8-bit picture to a float tensor: each output pixel is the mean
 * of the source pixels that it covers, weighted by the covered share.
 *
 * Where the picture grows instead, the area is one source pixel wide, which is bilinear interpolation.
 *
 * Two passes: first, rows of bytes are summed as integers, sixteen bytes at a time and regardless of channels; then, the
 * columns of that one row of sums. Every output uses the same number of columns, with zero weights beyond its area. So
 * each source byte is read once, by a few instructions, and all loops have predictable lengths. A vector holds the channels of
 * a pixel of y, or four of its pixels where y is grey.
 */
import { multiplyAdd } from './multiply-add';

/** Rows that can be summed in 16 bits: 255 · 257 is 65,535. */
const ROWS_PER_SUM: i32 = 257;
/**
 * Head of an entry of the column table, before the weights: offset of its first sums, and covered width. An entry is of as many
 * columns as a vector takes: each of its values stands once for each of them.
 */
const COLUMN_HEAD: usize = 8;
const GREY_COLUMNS: i32 = 4;

/**
 * y [hOut, wOut, channelsOut] = the rectangle left, top, width, height of one uint8 picture [hIn, wIn, channels] (1 grey,
 * 3 RGB, 4 RGBA, whose alpha is ignored), as value · scale + offset; items are rows of y. Coordinates are continuous: pixel i
 * covers i … i + 1. The rectangle may extend past the border, where pixels have the value `borderValue`, 0 … 255.
 * `channelsOut` is 3, or 1 for grey: the only channel, or green, which is closest to brightness.
 *
 * `scratch` holds (2 + taps)·(wOut + 3) + (wIn + taps)·channels + 4 floats per thread, where `taps` is ⌈width / wOut⌉ + 1,
 * the maximum number of source columns under a column of y.
 */
export function areaResize(
  source: usize, scratch: usize, y: usize,
  hIn: i32, wIn: i32, channels: i32, left: f32, top: f32, width: f32, height: f32, hOut: i32, wOut: i32,
  channelsOut: i32, scale: f32, offset: f32, borderValue: f32, begin: i32, end: i32,
): void {
  const stepX = <f64>width / <f64>wOut;
  const stepY = <f64>height / <f64>hOut;
  const windowX = max(stepX, 1);
  const windowY = max(stepY, 1);
  const taps = <i32>Math.ceil(windowX) + 1;
  const perEntry = channelsOut == 1 ? GREY_COLUMNS : 1;
  const columns = (wOut + perEntry - 1) / perEntry * perEntry;
  const sums = scratch + <usize>columns * columnBytes(taps);
  // Source columns under any output pixel.
  const columnsBegin = max(<i32>Math.floor(<f64>left + 0.5 * (stepX - windowX)), 0);
  const columnsEnd = min(<i32>Math.ceil(<f64>left + (<f64>wOut - 0.5) * stepX + 0.5 * windowX), wIn);
  const firstX = <f64>left + 0.5 * (stepX - windowX);
  planColumns(scratch, columns, perEntry, taps, firstX, stepX, windowX, wIn, columnsBegin, channels);
  const bytes = max(columnsEnd - columnsBegin, 0) * channels;
  // The sums are followed by zeros, which are read with zero weights.
  for (let i = bytes; i < bytes + taps * channels + 4; i++) store<f32>(sums + (<usize>i << 2), 0);
  const rowBytes = <usize>(wIn * channels);
  const factor = <f64>scale / (windowX * windowY);
  const outputsPerRow = wOut * channelsOut;
  const empty = <f32>(<f64>borderValue * <f64>scale + <f64>offset);
  for (let row = begin; row < end; row++) {
    const first = <f64>top + (<f64>row + 0.5) * stepY - 0.5 * windowY;
    const from = max(first, 0);
    const to = min(first + windowY, <f64>hIn);
    const inside = bytes > 0 ? max(to - from, 0) : 0;
    const target = y + ((<usize>row * <usize>outputsPerRow) << 2);
    if (inside == 0) {
      for (let i = 0; i < outputsPerRow; i++) store<f32>(target + (<usize>i << 2), empty);
      continue;
    }
    sumRows(source + <usize>(columnsBegin * channels), rowBytes, bytes, sums, from, to);
    const emptyFactor = <f32>(-<f64>borderValue * factor * inside);
    const pixelBytes = <usize>channels << 2;
    if (channelsOut == 1) sumGreyColumns(scratch, taps, sums, target, wOut, pixelBytes, <f32>factor, empty, emptyFactor);
    else if (channels == 1) sumColumns(scratch, taps, sums, target, wOut, 4, <f32>factor, empty, emptyFactor, true);
    else sumColumns(scratch, taps, sums, target, wOut, pixelBytes, <f32>factor, empty, emptyFactor, false);
  }
}

@inline
function columnBytes(taps: i32): usize {
  return COLUMN_HEAD + (<usize>taps << 2);
}

/**
 * Fills the column table: for each column of y, its sums relative to those of `columnsBegin`, and their weights. What is left of
 * the last entry takes the sums of nothing.
 */
function planColumns(
  table: usize,
  columns: i32, perEntry: i32, taps: i32, left: f64, step: f64, window: f64, wIn: i32, columnsBegin: i32, channels: i32,
): void {
  const stride = <usize>perEntry << 2; // between the values of one column
  for (let column = 0; column < columns; column++) {
    const first = left + <f64>column * step;
    const from = max(first, 0);
    const to = max(min(first + window, <f64>wIn), from);
    const start = <i32>Math.floor(from);
    let at = table + <usize>(column / perEntry * perEntry) * columnBytes(taps) + (<usize>(column % perEntry) << 2);
    store<i32>(at, to > from ? (start - columnsBegin) * channels * 4 : 0);
    at += stride;
    store<f32>(at, <f32>(to - from));
    for (let tap = 0; tap < taps; tap++) {
      const begin = <f64>(start + tap);
      at += stride;
      store<f32>(at, <f32>max(min(begin + 1, to) - max(begin, from), 0));
    }
  }
}

/** sums[i] = Σ of byte i over the rows from … to; the first and last row count by their covered share. */
function sumRows(source: usize, rowBytes: usize, bytes: i32, sums: usize, from: f64, to: f64): void {
  const start = <i32>Math.floor(from);
  const stop = <i32>Math.ceil(to);
  const rows = stop - start;
  const firstWeight = <f32>(min(<f64>(start + 1), to) - from);
  const lastWeight = rows > 1 ? <f32>(to - <f64>(stop - 1)) : 0;
  const firstRow = source + <usize>start * rowBytes;
  const lastRow = source + <usize>(stop - 1) * rowBytes;
  const w0 = f32x4.splat(firstWeight);
  const w1 = f32x4.splat(lastWeight);
  let i = 0;
  // The last sixteen bytes may overlap the previous ones; they get the same sums again.
  for (; bytes >= 16 && i < bytes; i += 16) {
    const at = <usize>min(i, bytes - 16);
    const a = v128.load(firstRow + at);
    const b = v128.load(lastRow + at);
    const aLow = i16x8.extend_low_i8x16_u(a);
    const aHigh = i16x8.extend_high_i8x16_u(a);
    const bLow = i16x8.extend_low_i8x16_u(b);
    const bHigh = i16x8.extend_high_i8x16_u(b);
    let s0 = weightedEdges(i32x4.extend_low_i16x8_u(aLow), w0, i32x4.extend_low_i16x8_u(bLow), w1);
    let s1 = weightedEdges(i32x4.extend_high_i16x8_u(aLow), w0, i32x4.extend_high_i16x8_u(bLow), w1);
    let s2 = weightedEdges(i32x4.extend_low_i16x8_u(aHigh), w0, i32x4.extend_low_i16x8_u(bHigh), w1);
    let s3 = weightedEdges(i32x4.extend_high_i16x8_u(aHigh), w0, i32x4.extend_high_i16x8_u(bHigh), w1);
    let pixels = firstRow + rowBytes + at;
    for (let left = rows - 2; left > 0; left -= ROWS_PER_SUM) {
      let low = i16x8.splat(0);
      let high = low;
      for (let k = min(left, ROWS_PER_SUM); k > 0; k--) {
        const x = v128.load(pixels);
        low = i16x8.add(low, i16x8.extend_low_i8x16_u(x));
        high = i16x8.add(high, i16x8.extend_high_i8x16_u(x));
        pixels += rowBytes;
      }
      s0 = f32x4.add(s0, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)));
      s1 = f32x4.add(s1, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)));
      s2 = f32x4.add(s2, f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)));
      s3 = f32x4.add(s3, f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)));
    }
    const y = sums + (at << 2);
    v128.store(y, s0);
    v128.store(y, s1, 16);
    v128.store(y, s2, 32);
    v128.store(y, s3, 48);
  }
  for (; i < bytes; i++) {
    let sum = <f32>load<u8>(firstRow + <usize>i) * firstWeight + <f32>load<u8>(lastRow + <usize>i) * lastWeight;
    let pixel = firstRow + rowBytes + <usize>i;
    for (let left = rows - 2; left > 0; left--) {
      sum += <f32>load<u8>(pixel);
      pixel += rowBytes;
    }
    store<f32>(sums + (<usize>i << 2), sum);
  }
}

@inline
function weightedEdges(a: v128, weightA: v128, b: v128, weightB: v128): v128 {
  return multiplyAdd(f32x4.convert_i32x4_s(b), weightB, f32x4.mul(f32x4.convert_i32x4_s(a), weightA));
}

/**
 * One row of y: (Σ − borderValue · area inside) · factor + the value of an area that is all border, so that areas across
 * the border need no special case. Three channels of a sum are loaded at once; the fourth lane is ignored.
 */
@inline
function sumColumns(
  table: usize, taps: i32, sums: usize, y: usize,
  wOut: i32, pixelBytes: usize,
  factor: f32, empty: f32, emptyFactor: f32, isGrey: bool,
): void {
  const factors = f32x4.splat(factor);
  const emptyFactors = f32x4.splat(emptyFactor);
  const empties = f32x4.splat(empty);
  let column = table;
  let to = y;
  for (let left = wOut; left > 0; left--) {
    let pixel = sums + <usize>load<i32>(column);
    let weight = column + COLUMN_HEAD;
    let sum = f32x4.splat(0);
    for (let tap = taps; tap > 0; tap--) {
      sum = multiplyAdd(isGrey ? v128.load32_splat(pixel) : v128.load(pixel), v128.load32_splat(weight), sum);
      pixel += pixelBytes;
      weight += 4;
    }
    const value = multiplyAdd(sum, factors, multiplyAdd(v128.load32_splat(column, 4), emptyFactors, empties));
    v128.store64_lane(to, value, 0);
    v128.store32_lane(to, value, 2, 8);
    to += 12;
    column += columnBytes(taps);
  }
}

/** As {@link sumColumns} for one channel, the only one or green: four pixels of y at once. */
function sumGreyColumns(
  table: usize, taps: i32, sums: usize, y: usize,
  wOut: i32, pixelBytes: usize,
  factor: f32, empty: f32, emptyFactor: f32,
): void {
  const factors = f32x4.splat(factor);
  const emptyFactors = f32x4.splat(emptyFactor);
  const empties = f32x4.splat(empty);
  const channel = sums + (pixelBytes > 4 ? 4 : 0);
  let entry = table;
  for (let column = 0; column < wOut; column += GREY_COLUMNS) {
    let a = channel + <usize>load<i32>(entry);
    let b = channel + <usize>load<i32>(entry, 4);
    let c = channel + <usize>load<i32>(entry, 8);
    let d = channel + <usize>load<i32>(entry, 12);
    const covered = v128.load(entry, 16);
    let weight = entry + GREY_COLUMNS * COLUMN_HEAD;
    let sum = f32x4.splat(0);
    for (let tap = taps; tap > 0; tap--) {
      let pixels = v128.load32_zero(a);
      pixels = v128.load32_lane(b, pixels, 1);
      pixels = v128.load32_lane(c, pixels, 2);
      pixels = v128.load32_lane(d, pixels, 3);
      sum = multiplyAdd(pixels, v128.load(weight), sum);
      a += pixelBytes;
      b += pixelBytes;
      c += pixelBytes;
      d += pixelBytes;
      weight += 16;
    }
    const value = multiplyAdd(sum, factors, multiplyAdd(covered, emptyFactors, empties));
    const to = y + (<usize>column << 2);
    const left = wOut - column;
    if (left >= GREY_COLUMNS) v128.store(to, value);
    else {
      v128.store32_lane(to, value, 0);
      if (left > 1) v128.store32_lane(to, value, 1, 4);
      if (left > 2) v128.store32_lane(to, value, 2, 8);
    }
    entry += GREY_COLUMNS * columnBytes(taps);
  }
}
