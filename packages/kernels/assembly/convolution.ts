/**
 * Dense convolutions without padding ("valid"), as matrix products whose left matrix is never stored.
 *
 * In NHWC, the kw·cIn inputs of an output pixel under one row of the kernel lie side by side, and so do their weights. An
 * output pixel is thus one row of a matrix product, read in kh pieces ("kernel rows"), and any four pixels, even of
 * different rows or images, form a tile. `pad2d` adds padding beforehand. The data gradient is a convolution of the padded
 * gradient with the rotated kernel; with a stride, one such convolution for each phase of the stride (`dilate2d`).
 * Ref: "implicit GEMM", Chetlur et al., cuDNN: Efficient Primitives for Deep Learning (2014), and the indirect
 * convolution of Dukhan (2019); here pointers are incremented instead of read from a table.
 */
import { addFloats, copyFloats, fillZeros } from './copy';
import { directRow3x3 } from './direct-3x3';
import { FLAG_ACCUMULATE, FLAG_RELU } from './flags';
import { implicitGemm } from './gemm-micro-kernel';
import { PANEL_STEP } from './panels';
import { accumulateWeightGradient, scratchBytes } from './weight-gradient';

/** y[n, hOut, wOut, cOut]; panels hold the weights, kh·kw·cIn × cOut, and the bias; items are output rows, n·hOut. */
export function conv2d(
  x: usize, panels: usize, y: usize,
  hIn: i32, wIn: i32, cIn: i32, hOut: i32, wOut: i32, cOut: i32, kh: i32, kw: i32, stride: i32, flags: i32,
  begin: i32, end: i32,
): void {
  if (cIn == 1 && kh == 3 && kw == 3 && stride == 1 && (cOut & 3) == 0) {
    convolveGrey3x3(x, panels, y, hIn, wIn, hOut, wOut, cOut, flags, begin, end);
    return;
  }
  const rowBytes = (wIn * cIn) << 2;
  const rowLength = kw * cIn;
  const pixelStep = (stride * cIn) << 2;
  const image = begin / hOut;
  const row = begin - image * hOut;
  implicitGemm(
    x + (image * hIn + row * stride) * rowBytes,
    row,
    (end - begin) * wOut,
    pixelStep,
    wOut,
    stride * rowBytes - wOut * pixelStep,
    hOut,
    (hIn - hOut * stride) * rowBytes,
    kh,
    rowLength,
    rowBytes - (rowLength << 2),
    panels,
    y + begin * wOut * (cOut << 2),
    cOut,
    flags,
  );
}

/**
 * partial[chunk][kh, kw, cIn, cOut] over the chunk's output rows; items are chunks of `rowsPerChunk` of all rows.
 * `scratch` holds BLOCK_PIXELS × (4 + cOut rounded up to 8) floats per chunk.
 */
export function conv2dBackwardWeights(
  x: usize, dy: usize, partial: usize, scratch: usize,
  hIn: i32, wIn: i32, cIn: i32, hOut: i32, wOut: i32, cOut: i32, kh: i32, kw: i32, stride: i32, rows: i32,
  rowsPerChunk: i32, begin: i32, end: i32,
): void {
  const rowBytes = (wIn * cIn) << 2;
  const rowLength = kw * cIn;
  const weights = kh * rowLength;
  const pixelStep = (stride * cIn) << 2;
  for (let chunk = begin; chunk < end; chunk++) {
    const first = chunk * rowsPerChunk;
    const image = first / hOut;
    const row = first - image * hOut;
    accumulateWeightGradient(
      x + (image * hIn + row * stride) * rowBytes,
      row,
      min(rowsPerChunk, rows - first),
      wOut,
      pixelStep,
      stride * rowBytes - wOut * pixelStep,
      hOut,
      (hIn - hOut * stride) * rowBytes,
      weights,
      rowLength,
      rowBytes,
      dy + first * wOut * (cOut << 2),
      cOut,
      partial + chunk * weights * (cOut << 2),
      scratch + chunk * scratchBytes(cOut),
      false,
    );
  }
}

/**
 * Zero padding: y[padTop + i][padLeft + j] = x[i][j] where that lies inside y[n, hOut, wOut, c], zeros elsewhere; negative
 * padding crops. Items are rows of y, n·hOut.
 */
export function pad2d(
  x: usize, y: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, padTop: i32, padLeft: i32,
  begin: i32, end: i32,
): void {
  const pixelBytes = c << 2;
  const before = min(wOut, max(0, padLeft));
  const cut = max(0, -padLeft);
  const columns = max(0, min(w - cut, wOut - before));
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const row = item - image * hOut - padTop;
    const to = y + item * wOut * pixelBytes;
    if (<u32>row >= <u32>h) {
      fillZeros(to, wOut * pixelBytes);
      continue;
    }
    const from = x + ((image * h + row) * w + cut) * pixelBytes;
    fillZeros(to, before * pixelBytes);
    copyFloats(from, to + before * pixelBytes, columns * pixelBytes);
    fillZeros(to + (before + columns) * pixelBytes, (wOut - before - columns) * pixelBytes);
  }
}

/**
 * Dilation: y[top + i·step][left + j·step] = x[i][j], or += with FLAG_ACCUMULATE; the other pixels of y[n, hOut, wOut, c]
 * stay as they are. All targets must lie inside y. Items are rows of x, n·h.
 */
export function dilate2d(
  x: usize, y: usize,
  h: i32, w: i32, c: i32, hOut: i32, wOut: i32, top: i32, left: i32, step: i32, flags: i32,
  begin: i32, end: i32,
): void {
  const pixelBytes = c << 2;
  for (let item = begin; item < end; item++) {
    const image = item / h;
    const row = top + (item - image * h) * step;
    let from = x + item * w * pixelBytes;
    let to = y + ((image * hOut + row) * wOut + left) * pixelBytes;
    for (let column = 0; column < w; column++) {
      if (flags & FLAG_ACCUMULATE) addFloats(from, to, pixelBytes);
      else copyFloats(from, to, pixelBytes);
      from += pixelBytes;
      to += step * pixelBytes;
    }
  }
}

/** A 3×3 convolution from one channel to a multiple of four. */
@inline
function convolveGrey3x3(
  x: usize, panels: usize, y: usize,
  hIn: i32, wIn: i32, hOut: i32, wOut: i32, cOut: i32, flags: i32,
  begin: i32, end: i32,
): void {
  const rowBytes = wIn << 2;
  const cStep = cOut << 2;
  for (let item = begin; item < end; item++) {
    const image = item / hOut;
    const above = x + (image * (hIn - hOut) + item) * rowBytes;
    const to = y + item * wOut * cStep;
    for (let channel = 0; channel < cOut; channel += 4) {
      // Half of a panel, whose first row is the bias; constant flags make it 4 % faster.
      const bias = panels + (channel >> 3) * 10 * <i32>PANEL_STEP + ((channel & 4) << 2);
      const w = bias + PANEL_STEP;
      const target = to + (channel << 2);
      const middle = above + rowBytes;
      const below = middle + rowBytes;
      if (flags == FLAG_RELU) {
        directRow3x3(
          above, middle, below, wOut + 2, 4, true, false, false, false, w, PANEL_STEP, bias, true, target, cStep, FLAG_RELU,
        );
      } else {
        directRow3x3(
          above, middle, below, wOut + 2, 4, true, false, false, false, w, PANEL_STEP, bias, true, target, cStep, flags,
        );
      }
    }
  }
}
