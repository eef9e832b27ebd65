/**
 * The weight gradient of a convolution whose kernel is three pixels wide, with half the multiplications.
 *
 * Each of the three kernel columns is a sum of x · dy over pixels. Four gradients of a row combine with six inputs: as a
 * product of polynomials, it is determined by its values at the six points of winograd.ts. The last step is linear, so
 * values are summed over all pixels first and then transformed into three weights once.
 *
 * Ref: Winograd's F(3, 4), whose matrices are those of F(4, 3) with the roles of outputs and weights exchanged.
 */
import { loadLanes, storeLanes } from './lanes';
import { multiplyAdd } from './multiply-add';
import { accumulateWeightGradient, scratchBytes } from './weight-gradient';
import { WINOGRAD_OUTPUTS, WINOGRAD_POINTS, transformInputs } from './winograd';

/**
 * partial[chunk][6][kh·cIn, cOut]: the sums at each of the six points over the pictures of a chunk, which
 * {@link winogradWeightsFromPoints} turns into weights. Items are chunks of `imagesPerChunk` of the n pictures.
 *
 * @param x [n, hOut + kh − 1, wOut + 2, cIn], cIn and cOut at least 4
 * @param dy [n, hOut, wOut, cOut]
 * @param scratch BLOCK_PIXELS · (4 + cOut rounded up to 8) floats per chunk, followed by
 *   6 · blockImages · ⌈wOut / 4⌉ · ((rows + kh − 1) · cIn + rows · cOut)
 * @param blockImages pictures of a block; 1 if a block has fewer rows than a picture
 * @param rows output rows of a block
 */
export function conv2dWinogradBackwardWeights(
  x: usize, dy: usize, partial: usize, scratch: usize,
  hOut: i32, wOut: i32, cIn: i32, cOut: i32, kh: i32, images: i32, imagesPerChunk: i32, blockImages: i32,
  rows: i32, begin: i32, end: i32,
): void {
  const tiles = (wOut + WINOGRAD_OUTPUTS - 1) / WINOGRAD_OUTPUTS;
  const hIn = hOut + kh - 1;
  const inBytes = cIn << 2;
  const outBytes = cOut << 2;
  const pointSums = kh * cIn * outBytes;
  const chunkScratch = scratchBytes(cOut) + WINOGRAD_POINTS * blockImages * tiles * ((rows + kh - 1) * inBytes + rows * outBytes);
  for (let chunk = begin; chunk < end; chunk++) {
    const products = scratch + chunk * chunkScratch;
    const values = products + scratchBytes(cOut);
    const gradients = values + WINOGRAD_POINTS * blockImages * tiles * (rows + kh - 1) * inBytes;
    const sums = partial + chunk * WINOGRAD_POINTS * pointSums;
    const last = min(images, (chunk + 1) * imagesPerChunk);
    let accumulate = false;
    for (let image = chunk * imagesPerChunk; image < last; image += blockImages) {
      const pictures = min(blockImages, last - image);
      for (let top = 0; top < hOut; top += rows) {
        const block = min(rows, hOut - top);
        const tileBytes = (block + kh - 1) * inBytes;
        const gradientBytes = block * outBytes;
        const pointBytes = pictures * tiles * tileBytes;
        const gradientPoint = pictures * tiles * gradientBytes;
        for (let picture = 0; picture < pictures; picture++) {
          const input = x + ((image + picture) * hIn + top) * (wOut + 2) * inBytes;
          const inputValues = values + picture * tiles * tileBytes;
          for (let row = 0; row < block + kh - 1; row++) {
            const from = input + row * (wOut + 2) * inBytes;
            transformInputs(from, inputValues + row * inBytes, pointBytes, tileBytes, wOut, inBytes);
          }
          const gradient = dy + ((image + picture) * hOut + top) * wOut * outBytes;
          const to = gradients + picture * tiles * gradientBytes;
          for (let row = 0; row < block; row++) {
            const from = gradient + row * wOut * outBytes;
            transformGradients(from, to + row * outBytes, gradientPoint, gradientBytes, wOut, outBytes);
          }
        }
        for (let point = 0; point < WINOGRAD_POINTS; point++) {
          accumulateWeightGradient(
            values + point * pointBytes, 0, pictures * tiles, block, inBytes, tileBytes - block * inBytes,
            pictures * tiles, 0, kh * cIn, kh * cIn, 0, gradients + point * gradientPoint, cOut,
            sums + point * pointSums, products, accumulate,
          );
        }
        accumulate = true;
      }
    }
  }
}

/** Transforms one row of gradients to their values at the six points, like {@link transformInputs} for inputs. */
@inline
function transformGradients(
  dy: usize, values: usize,
  pointBytes: i32, tileBytes: i32, wOut: i32, pixelBytes: i32,
): void {
  for (let channel = 0; channel < pixelBytes; channel += 16) {
    const at = min(channel, pixelBytes - 16);
    let from = dy + at;
    let to = values + at;
    for (let left = wOut; left > 0; left -= WINOGRAD_OUTPUTS) {
      transformFour(from, to, pointBytes, pixelBytes, left);
      from += WINOGRAD_OUTPUTS * pixelBytes;
      to += tileBytes;
    }
  }
}

/** Four gradients to their values at the points, without the factors; gradients from `inside` on count as zeros. */
@inline
function transformFour(dy: usize, y: usize, step: i32, pixelBytes: i32, inside: i32): void {
  const zero = f32x4.splat(0);
  const d0 = v128.load(dy);
  const d1 = inside > 1 ? v128.load(dy + pixelBytes) : zero;
  const d2 = inside > 2 ? v128.load(dy + 2 * pixelBytes) : zero;
  const d3 = inside > 3 ? v128.load(dy + 3 * pixelBytes) : zero;
  const even = f32x4.add(d0, d2);
  const odd = f32x4.add(d1, d3);
  const evenTwo = multiplyAdd(d2, f32x4.splat(4), d0);
  const oddTwo = multiplyAdd(d3, f32x4.splat(4), d1);
  v128.store(y, d0);
  v128.store(y + step, f32x4.add(even, odd));
  v128.store(y + 2 * step, f32x4.sub(even, odd));
  v128.store(y + 3 * step, multiplyAdd(oddTwo, f32x4.splat(2), evenTwo));
  v128.store(y + 4 * step, multiplyAdd(oddTwo, f32x4.splat(-2), evenTwo));
  v128.store(y + 5 * step, d3);
}

/**
 * dw[kh][3][cIn][cOut] from the sums at the six points [6][kh·cIn, cOut], and applies the factors that the transform of
 * the gradients left out; items are the rows of the kernel, kh.
 */
export function winogradWeightsFromPoints(sums: usize, dw: usize, kh: i32, cIn: i32, cOut: i32, begin: i32, end: i32): void {
  const count = cIn * cOut;
  const pointBytes = (kh * count) << 2;
  for (let row = begin; row < end; row++) {
    const from = sums + ((row * count) << 2);
    const to = dw + ((row * 3 * count) << 2);
    let i = 0;
    for (; i + 4 <= count; i += 4) storeWeights(from + (i << 2), pointBytes, to + (i << 2), count << 2, true);
    for (; i < count; i++) storeWeights(from + (i << 2), pointBytes, to + (i << 2), count << 2, false);
  }
}

@inline
function storeWeights(sums: usize, pointBytes: i32, dw: usize, pixelBytes: i32, full: bool): void {
  const s1 = loadLanes(sums + pointBytes, full);
  const s2 = loadLanes(sums + 2 * pointBytes, full);
  const s3 = loadLanes(sums + 3 * pointBytes, full);
  const s4 = loadLanes(sums + 4 * pointBytes, full);
  const sum = f32x4.mul(f32x4.add(s1, s2), f32x4.splat(-1.0 / 6));
  const difference = f32x4.mul(f32x4.sub(s1, s2), f32x4.splat(-1.0 / 6));
  const sumTwo = f32x4.add(s3, s4);
  const differenceTwo = f32x4.sub(s3, s4);
  const left = multiplyAdd(loadLanes(sums, full), f32x4.splat(0.25), sum);
  const right = f32x4.add(loadLanes(sums + 5 * pointBytes, full), sum);
  storeLanes(dw, multiplyAdd(sumTwo, f32x4.splat(1.0 / 24), left), full);
  storeLanes(dw + pixelBytes, multiplyAdd(differenceTwo, f32x4.splat(1.0 / 12), difference), full);
  storeLanes(dw + 2 * pixelBytes, multiplyAdd(sumTwo, f32x4.splat(1.0 / 6), right), full);
}
