/**
 * Weight gradients of matrix products and of dense convolutions: sums over pixels of input × gradient.
 *
 * A tile is 4 inputs × 8 output channels of the gradient, held in registers while the loop runs over the pixels of a
 * block. As in gemm-micro-kernel.ts, the innermost loop takes one step at a time on purpose.
 *
 * The distance between pixels is their number of channels, mostly a power of two. When it is large, pixels share so few
 * sets of the L1 cache that a tile evicts its own inputs (17 of 50 GFLOP/s at 256 channels). Such inputs are packed side
 * by side first: the gradients once per block, the four inputs once for all of their tiles.
 */
import { applyEpilogue, storePartialRow } from './epilogue';
import { FLAG_ACCUMULATE } from './flags';
import { multiplyAdd } from './multiply-add';

/** Maximum pixels of a block: their four inputs and eight gradients fill 6 KiB of the L1 cache. */
export const BLOCK_PIXELS: i32 = 128;
/** Pixels at least this many bytes apart are packed side by side. */
const FAR_APART: usize = 512;
/** Rows with fewer pixels than this are packed into one. */
const SHORT_ROW: i32 = 16;

/** Bytes of scratch memory for gradients of n columns. */
@inline
export function scratchBytes(n: i32): i32 {
  return BLOCK_PIXELS * (4 + ((n + 7) & ~7)) * 4;
}

/**
 * out[weights, n] = Σ input × gradient over `rows` rows of `width` pixels.
 *
 * A pixel has `weights` inputs, in rows of `rowLength` floats that begin `kernelRowStep` bytes apart. The first pixel is
 * at `pixel`, in row `row` of its picture; the others follow as in `implicitGemm`. The gradients `dy` of the pixels, n
 * floats each, lie side by side.
 *
 * @param scratch room for {@link scratchBytes} bytes
 * @param accumulate whether the sums are added to the values in `out`
 */
export function accumulateWeightGradient(
  pixel: usize, row: i32, rows: i32,
  width: i32, pixelStep: usize, rowSkip: usize, height: i32, imageSkip: usize,
  weights: i32, rowLength: i32, kernelRowStep: usize,
  dy: usize, n: i32, out: usize, scratch: usize, accumulate: bool,
): void {
  const outStep = n << 2;
  const copiesLeft = pixelStep >= FAR_APART || (width < SHORT_ROW && rows > 1) || (rowLength & 3) != 0;
  const copiesRight = <usize>outStep >= FAR_APART || (n & 7) != 0;
  const rightCopy = scratch + (BLOCK_PIXELS << 4);
  const rowBytes = width * pixelStep + rowSkip;

  let from = pixel;
  let gradients = dy;
  let column = 0;
  let i = row;
  let left = rows;
  let accumulates = accumulate;
  while (left > 0) {
    // A block is a number of whole rows, or a part of one.
    const count = min(width - column, BLOCK_PIXELS);
    const blockRows = count == width ? min(left, BLOCK_PIXELS / width) : 1;
    const pixels = blockRows * count;
    // Copied pixels follow one another: a single row.
    const inputStep = copiesLeft ? 16 : pixelStep;
    const inputRows = copiesLeft ? 1 : blockRows;
    const rowPixels = copiesLeft ? pixels : count;
    const inputRow = copiesLeft ? 0 : i;
    const inputRowSkip = copiesLeft ? 0 : rowSkip;
    const inputImageSkip = copiesLeft ? 0 : imageSkip;
    if (copiesRight) copyGradients(gradients, rightCopy, pixels, n);

    for (let weight = 0; weight < weights; weight += 4) {
      let input = scratch;
      if (copiesLeft) {
        copyInputs(from, weight, weights, rowLength, kernelRowStep, scratch, blockRows, count, pixelStep, rowSkip, i, height, imageSkip);
      } else {
        input = from + (weight / rowLength) * kernelRowStep + ((weight % rowLength) << 2);
      }
      const to = out + weight * outStep;
      const weightsStored = min(4, weights - weight);
      for (let first = 0; first < n; first += 8) {
        const right = copiesRight ? rightCopy + first * (pixels << 2) : gradients + (first << 2);
        const rightStep = copiesRight ? 32 : outStep;
        const columns = n - first;
        tile(
          input, inputStep, inputRowSkip, inputImageSkip, inputRow, height, inputRows, rowPixels, right, rightStep,
          to + (first << 2), outStep, weightsStored, columns, accumulates,
        );
      }
    }

    accumulates = true;
    gradients += pixels * outStep;
    column += count;
    if (column < width) {
      from += count * pixelStep;
      continue;
    }
    from += (blockRows - 1) * rowBytes + count * pixelStep + rowSkip;
    column = 0;
    left -= blockRows;
    i += blockRows;
    while (i >= height) {
      i -= height;
      from += imageSkip;
    }
  }
}

/** to[⌈n / 8⌉][pixels][8], with zeros after column n. */
function copyGradients(from: usize, to: usize, pixels: i32, n: i32): void {
  const step = n << 2;
  for (let first = 0; first < n; first += 8) {
    const columns = min(8, n - first);
    let source = from + (first << 2);
    for (let pixel = pixels; pixel > 0; pixel--) {
      if (columns == 8) {
        v128.store(to, v128.load(source));
        v128.store(to, v128.load(source, 16), 16);
      } else {
        for (let j = 0; j < 8; j++) store<f32>(to + (j << 2), j < columns ? load<f32>(source + (j << 2)) : 0);
      }
      source += step;
      to += 32;
    }
  }
}

/** to[pixels][4]: the inputs of four weights; the last weight is repeated to fill four. */
function copyInputs(
  from: usize, weight: i32, weights: i32, rowLength: i32, kernelRowStep: usize, to: usize,
  blockRows: i32, count: i32, pixelStep: usize, rowSkip: usize, row: i32, height: i32, imageSkip: usize,
): void {
  const weight1 = min(weight + 1, weights - 1);
  const weight2 = min(weight + 2, weights - 1);
  const weight3 = min(weight + 3, weights - 1);
  let a0 = from + (weight / rowLength) * kernelRowStep + ((weight % rowLength) << 2);
  let a1 = from + (weight1 / rowLength) * kernelRowStep + ((weight1 % rowLength) << 2);
  let a2 = from + (weight2 / rowLength) * kernelRowStep + ((weight2 % rowLength) << 2);
  let a3 = from + (weight3 / rowLength) * kernelRowStep + ((weight3 % rowLength) << 2);
  const adjacent = a3 == a0 + 12 && a2 == a0 + 8 && a1 == a0 + 4;
  let i = row;
  for (let rowsLeft = blockRows; rowsLeft > 0; rowsLeft--) {
    for (let pixel = count; pixel > 0; pixel--) {
      if (adjacent) {
        v128.store(to, v128.load(a0));
      } else {
        store<f32>(to, load<f32>(a0));
        store<f32>(to, load<f32>(a1), 4);
        store<f32>(to, load<f32>(a2), 8);
        store<f32>(to, load<f32>(a3), 12);
      }
      to += 16;
      a0 += pixelStep;
      a1 += pixelStep;
      a2 += pixelStep;
      a3 += pixelStep;
    }
    let skip = rowSkip;
    if (++i == height) {
      i = 0;
      skip += imageSkip;
    }
    a0 += skip;
    a1 += skip;
    a2 += skip;
    a3 += skip;
  }
}

/**
 * out[4][8] = or += Σ left[pixel][4] · right[pixel][8], over `blockRows` rows of `count` pixels; stores the first
 * `weightsStored` weights and the first `columns` columns.
 */
function tile(
  left: usize, leftStep: usize, rowSkip: usize, imageSkip: usize, row: i32, height: i32, blockRows: i32, count: i32,
  right: usize, rightStep: usize, out: usize, outStep: usize,
  weightsStored: i32, columns: i32, accumulates: bool,
): void {
  let a = left;
  let b = right;
  let i = row;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  for (let rowsLeft = blockRows; rowsLeft > 0; rowsLeft--) {
    for (let pixel = count; pixel > 0; pixel--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let x = v128.load32_splat(a);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(a, 4);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(a, 8);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(a, 12);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      a += leftStep;
      b += rightStep;
    }
    a += rowSkip;
    if (++i == height) {
      i = 0;
      a += imageSkip;
    }
  }
  put(out, s00, s01, columns, accumulates);
  if (weightsStored > 1) put(out + outStep, s10, s11, columns, accumulates);
  if (weightsStored > 2) put(out + 2 * outStep, s20, s21, columns, accumulates);
  if (weightsStored > 3) put(out + 3 * outStep, s30, s31, columns, accumulates);
}

/** Stores the sums of one weight, or adds them to the values in memory. */
@inline
function put(out: usize, low: v128, high: v128, columns: i32, accumulates: bool): void {
  const flags = accumulates ? FLAG_ACCUMULATE : 0;
  if (columns >= 8) {
    v128.store(out, applyEpilogue(low, out, flags));
    v128.store(out, applyEpilogue(high, out + 16, flags), 16);
  } else {
    storePartialRow(out, low, high, columns, flags);
  }
}
