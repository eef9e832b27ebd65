/**
 * Depthwise convolutions: each channel has its own kh × kw kernel. Pixels outside the picture count as zero.
 *
 * The most common case, 3×3 with stride 1 and padding 1, has a direct path (direct-3x3.ts) that loads each input once per
 * output row. All others loop over the taps of the kernel.
 */
import { depthwiseRow } from './depthwise-row';
import { directRow3x3 } from './direct-3x3';
import { applyEpilogue, applyEpilogueScalar } from './epilogue';
import { multiplyAdd } from './multiply-add';

/** y[n, hOut, wOut, c]; items are output rows, n·hOut. */
export function depthwiseConv2d(
  x: usize, w: usize, bias: usize, y: usize,
  hIn: i32, wIn: i32, c: i32, hOut: i32, wOut: i32, kh: i32, kw: i32, stride: i32, padTop: i32, padLeft: i32,
  flags: i32, begin: i32, end: i32,
): void {
  const pixelBytes = c << 2;
  const whole = pixelBytes & ~15;
  let first = 0;
  if (kh == 3 && kw == 3 && stride == 1 && padTop == 1 && padLeft == 1 && hOut == hIn && wOut == wIn) {
    directRows3x3(x, w, pixelBytes, bias, y, hIn, wIn, c, flags, begin, end);
    first = whole;
  }
  if (first == pixelBytes) return;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const top = (item - image * hOut) * stride - padTop;
    const picture = x + image * hIn * wIn * pixelBytes;
    const to = y + item * wOut * pixelBytes;
    for (let at = first; at < whole; at += 16) {
      depthwiseRow(
        picture + at, hIn, wIn, pixelBytes, top, padLeft, w + at, kh, kw, stride, bias ? bias + at : 0,
        to + at, wOut, flags, true,
      );
    }
    for (let at = whole; at < pixelBytes; at += 4) {
      depthwiseRow(
        picture + at, hIn, wIn, pixelBytes, top, padLeft, w + at, kh, kw, stride, bias ? bias + at : 0,
        to + at, wOut, flags, false,
      );
    }
  }
}

/** dx[n, hIn, wIn, c], added to with FLAG_ACCUMULATE; items are rows of dx, n·hIn. */
export function depthwiseConv2dBackwardInput(
  dy: usize, w: usize, dx: usize,
  hIn: i32, wIn: i32, c: i32, hOut: i32, wOut: i32, kh: i32, kw: i32, stride: i32, padTop: i32, padLeft: i32,
  flags: i32, begin: i32, end: i32,
): void {
  const pixelBytes = c << 2;
  const whole = pixelBytes & ~15;
  let first = 0;
  if (kh == 3 && kw == 3 && stride == 1 && padTop == 1 && padLeft == 1 && hOut == hIn && wOut == wIn) {
    // The same convolution with the kernel rotated by 180°: its taps are read backwards, from the last.
    directRows3x3(dy, w + 8 * pixelBytes, -pixelBytes, 0, dx, hIn, wIn, c, flags, begin, end);
    first = whole;
  }
  if (first == pixelBytes) return;
  for (let item = begin; item < end; item++) {
    const image = item / hIn;
    const row = item - image * hIn;
    const picture = dy + image * hOut * wOut * pixelBytes;
    const to = dx + item * wIn * pixelBytes;
    let channel = first;
    for (; channel + 16 <= pixelBytes; channel += 16) {
      for (let column = 0; column < wIn; column++) {
        let sum = f32x4.splat(0);
        for (let ky = 0; ky < kh; ky++) {
          // Output row o reads input row o·stride + ky − padTop.
          const strided = row + padTop - ky;
          const fromRow = strided / stride;
          if (strided < 0 || fromRow >= hOut || fromRow * stride != strided) continue;
          for (let kx = 0; kx < kw; kx++) {
            const stridedColumn = column + padLeft - kx;
            const fromColumn = stridedColumn / stride;
            if (stridedColumn < 0 || fromColumn >= wOut || fromColumn * stride != stridedColumn) continue;
            const from = picture + (fromRow * wOut + fromColumn) * pixelBytes + channel;
            sum = multiplyAdd(v128.load(from), v128.load(w + (ky * kw + kx) * pixelBytes + channel), sum);
          }
        }
        const target = to + column * pixelBytes + channel;
        v128.store(target, applyEpilogue(sum, target, flags));
      }
    }
    for (; channel < pixelBytes; channel += 4) {
      for (let column = 0; column < wIn; column++) {
        let sum: f32 = 0;
        for (let ky = 0; ky < kh; ky++) {
          const strided = row + padTop - ky;
          const fromRow = strided / stride;
          if (strided < 0 || fromRow >= hOut || fromRow * stride != strided) continue;
          for (let kx = 0; kx < kw; kx++) {
            const stridedColumn = column + padLeft - kx;
            const fromColumn = stridedColumn / stride;
            if (stridedColumn < 0 || fromColumn >= wOut || fromColumn * stride != stridedColumn) continue;
            const from = picture + (fromRow * wOut + fromColumn) * pixelBytes + channel;
            sum += load<f32>(from) * load<f32>(w + (ky * kw + kx) * pixelBytes + channel);
          }
        }
        const target = to + column * pixelBytes + channel;
        store<f32>(target, applyEpilogueScalar(sum, target, flags));
      }
    }
  }
}

/** partial[chunk][kh, kw, c] over the chunk's output rows; items are chunks of `rowsPerChunk` of all rows. */
export function depthwiseConv2dBackwardWeights(
  x: usize, dy: usize, partial: usize,
  hIn: i32, wIn: i32, c: i32, hOut: i32, wOut: i32, kh: i32, kw: i32, stride: i32, padTop: i32, padLeft: i32,
  rows: i32, rowsPerChunk: i32, begin: i32, end: i32,
): void {
  const pixelBytes = c << 2;
  const same3x3 = kh == 3 && kw == 3 && stride == 1 && padTop == 1 && padLeft == 1 && hOut == hIn && wOut == wIn;
  for (let chunk = begin; chunk < end; chunk++) {
    const first = chunk * rowsPerChunk;
    const last = min(first + rowsPerChunk, rows);
    const out = partial + chunk * kh * kw * pixelBytes;
    let channel = 0;
    for (; channel + 16 <= pixelBytes; channel += 16) {
      if (same3x3) {
        weights3x3(x + channel, dy + channel, out + channel, hIn, wIn, pixelBytes, first, last);
        continue;
      }
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          let sum = f32x4.splat(0);
          for (let item = first; item < last; item++) {
            const image = item / hOut;
            const fromRow = (item - image * hOut) * stride + ky - padTop;
            if (<u32>fromRow >= <u32>hIn) continue;
            const from = x + (image * hIn + fromRow) * wIn * pixelBytes + channel;
            const gradient = dy + item * wOut * pixelBytes + channel;
            for (let column = 0; column < wOut; column++) {
              const fromColumn = column * stride + kx - padLeft;
              if (<u32>fromColumn >= <u32>wIn) continue;
              const input = v128.load(from + fromColumn * pixelBytes);
              sum = multiplyAdd(input, v128.load(gradient + column * pixelBytes), sum);
            }
          }
          v128.store(out + (ky * kw + kx) * pixelBytes + channel, sum);
        }
      }
    }
    for (; channel < pixelBytes; channel += 4) {
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          let sum: f32 = 0;
          for (let item = first; item < last; item++) {
            const image = item / hOut;
            const fromRow = (item - image * hOut) * stride + ky - padTop;
            if (<u32>fromRow >= <u32>hIn) continue;
            const from = x + (image * hIn + fromRow) * wIn * pixelBytes + channel;
            const gradient = dy + item * wOut * pixelBytes + channel;
            for (let column = 0; column < wOut; column++) {
              const fromColumn = column * stride + kx - padLeft;
              if (<u32>fromColumn >= <u32>wIn) continue;
              sum += load<f32>(from + fromColumn * pixelBytes) * load<f32>(gradient + column * pixelBytes);
            }
          }
          store<f32>(out + (ky * kw + kx) * pixelBytes + channel, sum);
        }
      }
    }
  }
}

/**
 * Padded 3×3 convolutions with stride 1 over the rows begin … end of pictures; leaves out the last c mod 4 channels.
 *
 * The four calls differ in what is a constant for the compiler; with flags known only at run time they are 7 % slower.
 *
 * @param wStep bytes from one tap of the kernel to the next; negative to read them backwards
 */
function directRows3x3(
  x: usize, w: usize, wStep: usize, bias: usize, y: usize,
  height: i32, width: i32, c: i32, flags: i32,
  begin: i32, end: i32,
): void {
  const step: usize = c << 2;
  const rowBytes: usize = width * (c << 2);
  for (let item = begin; item < end; item++) {
    const row = item % height;
    const top = row == 0;
    const bottom = row == height - 1;
    for (let at = 0; at + 16 <= <i32>step; at += 16) {
      const middle = x + item * rowBytes + at;
      const to = y + item * rowBytes + at;
      const from = w + at;
      // A row outside the picture is replaced by one inside; its weights are zeros.
      const above = top ? middle : middle - rowBytes;
      const below = bottom ? middle : middle + rowBytes;
      if (flags == 0) {
        if (bias) {
          directRow3x3(above, middle, below, width, step, false, true, top, bottom, from, wStep, bias + at, true, to, step, 0);
        } else {
          directRow3x3(above, middle, below, width, step, false, true, top, bottom, from, wStep, 0, false, to, step, 0);
        }
      } else if (bias) {
        directRow3x3(above, middle, below, width, step, false, true, top, bottom, from, wStep, bias + at, true, to, step, flags);
      } else {
        directRow3x3(above, middle, below, width, step, false, true, top, bottom, from, wStep, 0, false, to, step, flags);
      }
    }
  }
}

/**
 * The nine sums of a weight gradient for four channels, 3×3, stride 1, padding 1, over the output rows first … last.
 *
 * At input column j, registers hold the gradients of the outputs j − 1, j and j + 1, which are multiplied with three input
 * rows. For a row outside the picture, the sums from before it are restored. Nine sums, three gradients and three inputs
 * fill the registers; without fused multiply-add, one more value would spill (18 instead of 44 GFLOP/s).
 */
@inline
function weights3x3(
  x: usize, dy: usize, out: usize,
  height: i32, width: i32, pixelBytes: usize,
  first: i32, last: i32,
): void {
  const rowBytes = width * <i32>pixelBytes;
  const zero = f32x4.splat(0);
  let s00 = zero;
  let s01 = zero;
  let s02 = zero;
  let s10 = zero;
  let s11 = zero;
  let s12 = zero;
  let s20 = zero;
  let s21 = zero;
  let s22 = zero;
  for (let item = first; item < last; item++) {
    const row = item % height;
    const top = row == 0;
    const bottom = row == height - 1;
    const before00 = s00;
    const before01 = s01;
    const before02 = s02;
    const before20 = s20;
    const before21 = s21;
    const before22 = s22;
    let middle = x + item * rowBytes;
    let above = top ? middle : middle - rowBytes;
    let below = bottom ? middle : middle + rowBytes;
    let gradient = dy + item * rowBytes;
    let previous = zero;
    let current = v128.load(gradient);
    for (let left = width - 1; left > 0; left--) {
      gradient += pixelBytes;
      const next = v128.load(gradient);
      let input = v128.load(above);
      s00 = multiplyAdd(input, next, s00);
      s01 = multiplyAdd(input, current, s01);
      s02 = multiplyAdd(input, previous, s02);
      input = v128.load(middle);
      s10 = multiplyAdd(input, next, s10);
      s11 = multiplyAdd(input, current, s11);
      s12 = multiplyAdd(input, previous, s12);
      input = v128.load(below);
      s20 = multiplyAdd(input, next, s20);
      s21 = multiplyAdd(input, current, s21);
      s22 = multiplyAdd(input, previous, s22);
      previous = current;
      current = next;
      above += pixelBytes;
      middle += pixelBytes;
      below += pixelBytes;
    }
    const lastAbove = v128.load(above);
    s01 = multiplyAdd(lastAbove, current, s01);
    s02 = multiplyAdd(lastAbove, previous, s02);
    const lastMiddle = v128.load(middle);
    s11 = multiplyAdd(lastMiddle, current, s11);
    s12 = multiplyAdd(lastMiddle, previous, s12);
    const lastBelow = v128.load(below);
    s21 = multiplyAdd(lastBelow, current, s21);
    s22 = multiplyAdd(lastBelow, previous, s22);
    if (top) {
      s00 = before00;
      s01 = before01;
      s02 = before02;
    }
    if (bottom) {
      s20 = before20;
      s21 = before21;
      s22 = before22;
    }
  }
  v128.store(out, s00);
  v128.store(out + pixelBytes, s01);
  v128.store(out + 2 * pixelBytes, s02);
  v128.store(out + 3 * pixelBytes, s10);
  v128.store(out + 4 * pixelBytes, s11);
  v128.store(out + 5 * pixelBytes, s12);
  v128.store(out + 6 * pixelBytes, s20);
  v128.store(out + 7 * pixelBytes, s21);
  v128.store(out + 8 * pixelBytes, s22);
}
