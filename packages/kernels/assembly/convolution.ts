/**
 * Dense convolutions without padding ("valid"), as matrix products whose left matrix is never written down.
 *
 * Under one row of the kernel, the kw·cIn inputs of an output pixel lie side by side in NHWC, and so do the weights
 * that they meet. An output pixel is thus one row of a product, read in kh runs, and four pixels, even of different
 * rows or images, make a tile. Padding is done before, by `padDilate2d`; the data gradient of a stride-1 convolution is
 * a convolution of the padded gradient with the flipped, transposed kernel.
 * Ref: "implicit GEMM", Chetlur et al., cuDNN: Efficient Primitives for Deep Learning (2014), and the indirect
 * convolution of Dukhan (2019); here the pointers are stepped instead of read from a table.
 */
import { slide3x3 } from './slide';
import { blockOf, outerRows4, rows4 } from './tile';

/** y[n, hOut, wOut, cOut]; items are output rows, n·hOut. */
export function conv2d(
  x: usize,
  w: usize,
  bias: usize,
  y: usize,
  hIn: i32,
  wIn: i32,
  cIn: i32,
  hOut: i32,
  wOut: i32,
  cOut: i32,
  kh: i32,
  kw: i32,
  stride: i32,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  const rowBytes = (wIn * cIn) << 2;
  const length = kw * cIn;
  const skip = rowBytes - (length << 2);
  const pixelStep = (stride * cIn) << 2;
  const rowSkip = stride * rowBytes - wOut * pixelStep;
  const imageSkip = hIn * rowBytes - hOut * stride * rowBytes;
  const cStep = cOut << 2;

  const image = begin / hOut;
  let row = begin - image * hOut;
  let column = 0;
  let pixel = x + image * (hIn * rowBytes) + row * stride * rowBytes;
  let c = y + begin * wOut * cStep;

  if (cIn == 1 && kh == 3 && kw == 3 && stride == 1 && (cOut & 3) == 0) {
    convolveGrey3x3(x, w, bias, y, hIn, wIn, hOut, wOut, cOut, flags, begin, end);
    return;
  }
  for (let left = (end - begin) * wOut; left > 0; left -= 4) {
    // The inputs and outputs of four pixels; behind the last, the last again.
    const a0 = pixel;
    const c0 = c;
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    if (column + 4 < wOut) {
      a1 = a0 + pixelStep;
      a2 = a1 + pixelStep;
      a3 = a2 + pixelStep;
      pixel = a3 + pixelStep;
      c1 = c0 + cStep;
      c2 = c1 + cStep;
      c3 = c2 + cStep;
      c = c3 + cStep;
      column += 4;
    } else {
      for (let i = 1; i <= min(4, left); i++) {
        pixel += pixelStep;
        c += cStep;
        if (++column == wOut) {
          column = 0;
          pixel += rowSkip;
          if (++row == hOut) {
            row = 0;
            pixel += imageSkip;
          }
        }
        if (i < left) {
          if (i == 1) {
            a1 = a2 = a3 = pixel;
            c1 = c2 = c3 = c;
          } else if (i == 2) {
            a2 = a3 = pixel;
            c2 = c3 = c;
          } else if (i == 3) {
            a3 = pixel;
            c3 = c;
          }
        }
      }
    }
    rows4(a0, a1, a2, a3, skip, kh, length, w, bias, c0, c1, c2, c3, cOut, flags);
  }
}

/** partial[chunk][kh, kw, cIn, cOut] over the chunk's output rows; items are chunks of `rowsPerChunk` of all rows. */
export function conv2dBackwardWeights(
  x: usize,
  dy: usize,
  partial: usize,
  hIn: i32,
  wIn: i32,
  cIn: i32,
  hOut: i32,
  wOut: i32,
  cOut: i32,
  kh: i32,
  kw: i32,
  stride: i32,
  rows: i32,
  rowsPerChunk: i32,
  begin: i32,
  end: i32,
): void {
  const rowBytes = (wIn * cIn) << 2;
  const length = kw * cIn;
  const weights = kh * length;
  const pixelStep = (stride * cIn) << 2;
  const rowSkip = stride * rowBytes - wOut * pixelStep;
  const imageSkip = hIn * rowBytes - hOut * stride * rowBytes;
  const cStep = cOut << 2;

  for (let chunk = begin; chunk < end; chunk++) {
    const first = chunk * rowsPerChunk;
    const last = min(first + rowsPerChunk, rows);
    const out = partial + chunk * (weights * cStep);
    const block = blockOf(wOut, kh * stride * cIn + cOut, weights, cOut, rowsPerChunk);
    for (let item = first; item < last; item += block) {
      const image = item / hOut;
      const row = item - image * hOut;
      const left = x + image * (hIn * rowBytes) + row * stride * rowBytes;
      const right = dy + item * wOut * cStep;
      const count = min(block, last - item);
      for (let i = 0; i < weights; i += 4) {
        // Four weights of every output channel at a time; the last four overlap those before where 4 does not divide.
        const i0 = max(min(i, weights - 4), 0);
        const i1 = min(i0 + 1, weights - 1);
        const i2 = min(i0 + 2, weights - 1);
        const i3 = min(i0 + 3, weights - 1);
        outerRows4(
          left + (i0 / length) * rowBytes + ((i0 % length) << 2),
          left + (i1 / length) * rowBytes + ((i1 % length) << 2),
          left + (i2 / length) * rowBytes + ((i2 % length) << 2),
          left + (i3 / length) * rowBytes + ((i3 % length) << 2),
          pixelStep,
          rowSkip,
          imageSkip,
          row,
          hOut,
          count,
          wOut,
          right,
          out + i0 * cStep,
          out + i1 * cStep,
          out + i2 * cStep,
          out + i3 * cStep,
          cOut,
          item > first,
        );
      }
    }
  }
}

/**
 * y[n, hOut, wOut, c] = 0, but y[padTop + i·dilation][padLeft + j·dilation] = x[i][j] where that is inside; items are
 * rows of y. Dilation 1 pads; a stride-s convolution's data gradient takes dilation s.
 */
export function padDilate2d(
  x: usize,
  y: usize,
  h: i32,
  w: i32,
  c: i32,
  hOut: i32,
  wOut: i32,
  padTop: i32,
  padLeft: i32,
  dilation: i32,
  begin: i32,
  end: i32,
): void {
  const pixelBytes = c << 2;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const fromTop = item - image * hOut - padTop;
    const row = fromTop / dilation;
    const to = y + item * wOut * pixelBytes;
    if (fromTop < 0 || row >= h || row * dilation != fromTop) {
      fillZero(to, wOut * pixelBytes);
      continue;
    }
    const from = x + (image * h + row) * w * pixelBytes;
    if (dilation == 1) {
      const columns = max(0, min(w, wOut - padLeft));
      fillZero(to, min(padLeft, wOut) * pixelBytes);
      copyFloats(from, to + padLeft * pixelBytes, columns * pixelBytes);
      fillZero(to + (padLeft + columns) * pixelBytes, (wOut - padLeft - columns) * pixelBytes);
    } else {
      fillZero(to, wOut * pixelBytes);
      for (let column = 0; column < w; column++) {
        const target = padLeft + column * dilation;
        if (target >= wOut) break;
        copyFloats(from + column * pixelBytes, to + target * pixelBytes, pixelBytes);
      }
    }
  }
}

/** wT[kh−1−i][kw−1−j][co][ci] = w[i][j][ci][co]; items are the kh·kw places of the kernel. */
export function flipTransposeKernel(
  w: usize,
  wT: usize,
  kh: i32,
  kw: i32,
  cIn: i32,
  cOut: i32,
  begin: i32,
  end: i32,
): void {
  const placeBytes = (cIn * cOut) << 2;
  for (let place = begin; place < end; place++) {
    const from = w + place * placeBytes;
    const to = wT + (kh * kw - 1 - place) * placeBytes;
    for (let co = 0; co < cOut; co++) {
      let source = from + (co << 2);
      let target = to + ((co * cIn) << 2);
      for (let ci = 0; ci < cIn; ci++) {
        store<f32>(target, load<f32>(source));
        source += cOut << 2;
        target += 4;
      }
    }
  }
}

/** A 3×3 convolution of one channel into a multiple of four. */
@inline
function convolveGrey3x3(
  x: usize,
  w: usize,
  bias: usize,
  y: usize,
  hIn: i32,
  wIn: i32,
  hOut: i32,
  wOut: i32,
  cOut: i32,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  const rowBytes = wIn << 2;
  const cStep = cOut << 2;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const above = x + (image * (hIn - hOut) + item) * rowBytes;
    const to = y + item * wOut * cStep;
    for (let channel = 0; channel < cStep; channel += 16) {
      slide3x3(
        above,
        above + rowBytes,
        above + 2 * rowBytes,
        wOut + 2,
        4,
        true,
        false,
        false,
        false,
        w + channel,
        cStep,
        bias ? bias + channel : 0,
        to + channel,
        cStep,
        flags,
        false,
      );
    }
  }
}

@inline
function fillZero(to: usize, bytes: i32): void {
  let left = bytes;
  let target = to;
  for (; left >= 16; left -= 16) {
    v128.store(target, f32x4.splat(0));
    target += 16;
  }
  for (; left > 0; left -= 4) {
    store<f32>(target, 0);
    target += 4;
  }
}

@inline
function copyFloats(from: usize, to: usize, bytes: i32): void {
  let left = bytes;
  let source = from;
  let target = to;
  for (; left >= 16; left -= 16) {
    v128.store(target, v128.load(source));
    source += 16;
    target += 16;
  }
  for (; left > 0; left -= 4) {
    store<f32>(target, load<f32>(source));
    source += 4;
    target += 4;
  }
}
