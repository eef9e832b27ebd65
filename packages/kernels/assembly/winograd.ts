/**
 * Dense convolutions whose kernel is three pixels wide, with half the multiplications: Winograd's F(4, 3) along the rows.
 *
 * A tile of four neighbouring outputs in a row depends on six inputs. As a product of polynomials, it is determined by its
 * values at six points: 0, 1, −1, 2, −2 and ∞. Three steps compute it:
 *
 *   1. input transform    for each row of the kernel, six inputs become six values; so do the three weights
 *                         (winograd-panels.ts)
 *   2. products           one matrix product per point sums over channels and rows of the kernel: 6 products per pair of
 *                         channels instead of 4 · 3
 *   3. output transform   six sums become four outputs
 *
 * A block of output rows passes through all three steps before the next one begins, so that intermediate values stay in
 * the cache; small pictures are processed together. Values are stored as [point][picture][tile][row][channel], so that the
 * inputs of an output are consecutive. The bias belongs to the panels of point 1, whose value counts once in each output.
 *
 * Ref: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, for the matrices. They transform in two
 * dimensions; in one, the outputs differ from a plain sum by only a few units in the last place, and the kernel may have
 * any height and any vertical stride.
 */
import { applyEpilogueLanes } from './epilogue';
import { implicitGemm } from './gemm-micro-kernel';
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';

/** Interpolation points at which values are multiplied. */
export const WINOGRAD_POINTS: i32 = 6;
/** Outputs of a tile. */
export const WINOGRAD_OUTPUTS: i32 = 4;
/** Small pictures are processed together until a product has at least this many pixels: some tiles of the micro-kernel. */
const MIN_PIXELS: i32 = 24;

/**
 * y[n, hOut, wIn − 2, cOut] of x[n, hIn, wIn, cIn] and a kernel of kh × 3, cIn at least 4; items are pictures.
 *
 * @param panels the packed weights of each point, kh·cIn × cOut
 * @param scratch 24 · ⌈(wIn − 2) / 4⌉ · ((stride · (rows − 1) + kh) · cIn + rows · cOut) bytes per picture
 * @param stride the vertical one; the horizontal one is 1
 * @param rows output rows of a block
 */
export function conv2dWinograd(
  x: usize, panels: usize, y: usize, scratch: usize,
  hIn: i32, wIn: i32, cIn: i32, hOut: i32, cOut: i32, kh: i32, stride: i32, rows: i32, flags: i32,
  begin: i32, end: i32,
): void {
  const wOut = wIn - 2;
  const tiles = (wOut + WINOGRAD_OUTPUTS - 1) / WINOGRAD_OUTPUTS;
  const pixelBytes = cIn << 2;
  const panelsBytes = ((cOut + 7) >> 3) * (kh * cIn + 1) * 32;
  const rowsSeen = stride * (rows - 1) + kh;
  // Threads share the pictures of a launch; each uses the scratch memory of its own pictures.
  const values = scratch + begin * WINOGRAD_POINTS * tiles * (rowsSeen * cIn + rows * cOut) * 4;
  // Small pictures are processed together, so that products consist of whole tiles of pixels.
  const together = rows < hOut ? 1 : (MIN_PIXELS + tiles * hOut - 1) / (tiles * hOut);
  for (let image = begin; image < end; image += together) {
    const pictures = min(together, end - image);
    const count = pictures * tiles;
    for (let top = 0; top < hOut; top += rows) {
      const block = min(rows, hOut - top);
      const seen = stride * (block - 1) + kh;
      const tileBytes = seen * pixelBytes;
      const pointBytes = count * tileBytes;
      const tileSumBytes = block * (cOut << 2);
      const sumsBytes = count * tileSumBytes;
      const sums = values + WINOGRAD_POINTS * pointBytes;
      for (let picture = 0; picture < pictures; picture++) {
        const from = x + ((image + picture) * hIn + top * stride) * wIn * pixelBytes;
        const to = values + picture * tiles * tileBytes;
        for (let row = 0; row < seen; row++) {
          const input = from + row * wIn * pixelBytes;
          transformInputs(input, to + row * pixelBytes, pointBytes, tileBytes, wOut, pixelBytes);
        }
      }
      for (let point = 0; point < WINOGRAD_POINTS; point++) {
        const step = stride * pixelBytes;
        implicitGemm(
          values + point * pointBytes, 0, count * block, step, block, tileBytes - block * step, count, 0,
          1, kh * cIn, 0, panels + point * panelsBytes, sums + point * sumsBytes, cOut, 0,
        );
      }
      for (let picture = 0; picture < pictures; picture++) {
        const from = sums + picture * tiles * tileSumBytes;
        const to = y + ((image + picture) * hOut + top) * wOut * (cOut << 2);
        for (let row = 0; row < block; row++) {
          const output = to + row * wOut * (cOut << 2);
          transformOutputs(from + row * (cOut << 2), sumsBytes, tileSumBytes, output, wOut, cOut << 2, flags);
        }
      }
    }
  }
}

/** Input transform of one row: the values of the six points are `pointBytes` apart, those of tiles `tileBytes`. */
@inline
export function transformInputs(
  x: usize, values: usize,
  pointBytes: i32, tileBytes: i32, wOut: i32, pixelBytes: i32,
): void {
  for (let channel = 0; channel < pixelBytes; channel += 16) {
    // The last four channels may overlap the previous ones; they get the same values again.
    const at = min(channel, pixelBytes - 16);
    let from = x + at;
    let to = values + at;
    for (let left = wOut >> 2; left > 0; left--) {
      transformSix(from, to, pointBytes, pixelBytes, 6);
      from += WINOGRAD_OUTPUTS * pixelBytes;
      to += tileBytes;
    }
    // Inputs past the end of the row count as zeros.
    if (wOut & 3) transformSix(from, to, pointBytes, pixelBytes, 2 + (wOut & 3));
  }
}

/** Six inputs; those from `inside` on count as zeros. */
@inline
function transformSix(x: usize, y: usize, step: i32, pixelBytes: i32, inside: i32): void {
  const zero = f32x4.splat(0);
  const x0 = v128.load(x);
  const x1 = v128.load(x + pixelBytes);
  const x2 = v128.load(x + 2 * pixelBytes);
  const x3 = inside > 3 ? v128.load(x + 3 * pixelBytes) : zero;
  const x4 = inside > 4 ? v128.load(x + 4 * pixelBytes) : zero;
  const x5 = inside > 5 ? v128.load(x + 5 * pixelBytes) : zero;
  const four = f32x4.splat(4);
  const minusFive = f32x4.splat(-5);
  const even = multiplyAdd(x2, f32x4.splat(-4), x4);
  const odd = multiplyAdd(x1, f32x4.splat(-4), x3);
  const evenTwo = f32x4.sub(x4, x2);
  const oddTwo = f32x4.sub(x3, x1);
  v128.store(y, multiplyAdd(x0, four, multiplyAdd(x2, minusFive, x4)));
  v128.store(y + step, f32x4.add(even, odd));
  v128.store(y + 2 * step, f32x4.sub(even, odd));
  v128.store(y + 3 * step, multiplyAdd(oddTwo, f32x4.splat(2), evenTwo));
  v128.store(y + 4 * step, multiplyAdd(oddTwo, f32x4.splat(-2), evenTwo));
  v128.store(y + 5 * step, multiplyAdd(x1, four, multiplyAdd(x3, minusFive, x5)));
}

/** Output transform of one row: the sums of the six points are `pointBytes` apart, those of tiles `tileBytes`. */
@inline
function transformOutputs(
  sums: usize, pointBytes: i32, tileBytes: i32, y: usize,
  wOut: i32, pixelBytes: i32, flags: i32,
): void {
  let at = 0;
  for (; at + 16 <= pixelBytes; at += 16) {
    transformOutputLanes(sums + at, pointBytes, tileBytes, y + at, wOut, pixelBytes, flags, true);
  }
  for (; at < pixelBytes; at += 4) {
    transformOutputLanes(sums + at, pointBytes, tileBytes, y + at, wOut, pixelBytes, flags, false);
  }
}

@inline
function transformOutputLanes(
  sums: usize, step: i32, tileBytes: i32, y: usize,
  wOut: i32, pixelBytes: i32, flags: i32, full: bool,
): void {
  let from = sums;
  let to = y;
  for (let left = wOut; left > 0; left -= WINOGRAD_OUTPUTS) {
    const s0 = loadLanes(from, full);
    const s1 = loadLanes(from + step, full);
    const s2 = loadLanes(from + 2 * step, full);
    const s3 = loadLanes(from + 3 * step, full);
    const s4 = loadLanes(from + 4 * step, full);
    const s5 = loadLanes(from + 5 * step, full);
    const sum = f32x4.add(s1, s2);
    const difference = f32x4.sub(s1, s2);
    const sumTwo = f32x4.add(s3, s4);
    const differenceTwo = f32x4.sub(s3, s4);
    storeOutput(to, f32x4.add(f32x4.add(s0, sum), sumTwo), flags, full);
    if (left > 1) storeOutput(to + pixelBytes, multiplyAdd(differenceTwo, f32x4.splat(2), difference), flags, full);
    if (left > 2) storeOutput(to + 2 * pixelBytes, multiplyAdd(sumTwo, f32x4.splat(4), sum), flags, full);
    if (left > 3) {
      const last = multiplyAdd(differenceTwo, f32x4.splat(8), f32x4.add(difference, s5));
      storeOutput(to + 3 * pixelBytes, last, flags, full);
    }
    from += tileBytes;
    to += WINOGRAD_OUTPUTS * pixelBytes;
  }
}

@inline
function storeOutput(y: usize, value: v128, flags: i32, full: bool): void {
  storeLanes(y, applyEpilogueLanes(value, y, flags, full), full);
}
