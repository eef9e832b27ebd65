/**
 * Dense convolutions whose kernel is three pixels wide, with half the multiplications: Winograd's F(4, 3) along the rows.
 *
 * Four outputs of a row see six inputs in a row. Seen as polynomials, they are a product that six of its values
 * determine: at 0, 1, −1, 2, −2 and ∞. For each row of the kernel the six inputs become six values, so do the three
 * weights, and instead of 4 · 3 products per pair of channels there are six. Values
 * at the same point are summed over channels and rows of the kernel as a matrix product, one for each of the six
 * points; the sums become four outputs.
 *
 * A block of output rows goes through all three steps before the next one begins, so that what lies between them stays
 * in the cache. Its values lie as [point][quad][row][channel]: what an output sees is one run of a matrix's row.
 * The bias comes with the panels of the point 1, whose value counts once in each of the four outputs.
 *
 * The gradient of the weights is such a product as well: three sums over the columns of x and dy, of which six inputs meet
 * four gradients. The same six points serve, and sums over pixels may be taken before they become three.
 *
 * Ref: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016: the matrices; there in two dimensions.
 * In one the outputs differ from those of a plain sum by a few units in the last place, and a kernel of any height will
 * do, with any stride from row to row.
 */
import { loadLanes, storeLanes } from './lanes';
import { sumOuterProducts, workBytes } from './outer';
import { PANEL_COLUMNS, PANEL_STEP } from './panels';
import { multiplyPixels } from './product';
import { finishLanes } from './sums';
import { multiplyAdd } from './vector';

const POINTS: i32 = 6;
const OUTPUTS: i32 = 4;
/** The point whose value counts once in each output: the bias goes there. */
const BIAS_POINT: i32 = 1;
/** Pixels of a product at least, where there are as many: some tiles of four. */
const LEAST_PIXELS: i32 = 24;

/**
 * The panels of a kernel's values at the six points, point after point: for each a matrix of kh·cIn × cOut. Items are
 * panels, ⌈cOut / 8⌉ of a point.
 *
 * @param w [kh][rowInputs][cOut], where a row's `rowInputs` inputs are those of three pixels of cIn channels, the last of
 * which may be missing; or, where `turned`, [kh][3][cOut][cIn]: the kernel of which this one, turned by 180° and with its
 * channels swapped, is to be used
 */
export function packWinogradPanels(
  w: usize,
  bias: usize,
  panels: usize,
  kh: i32,
  rowInputs: i32,
  cIn: i32,
  cOut: i32,
  turned: i32,
  begin: i32,
  end: i32,
): void {
  const panelBytes = (kh * cIn + 1) * <i32>PANEL_STEP;
  const pointBytes = ((cOut + PANEL_COLUMNS - 1) / PANEL_COLUMNS) * panelBytes;
  const inputBytes = turned ? 4 : cOut << 2;
  const outputBytes = turned ? cIn << 2 : 4;
  const pixelBytes = (cIn * cOut) << 2;
  for (let panel = begin; panel < end; panel++) {
    for (let half = 0; half < PANEL_COLUMNS; half += 4) {
      const first = panel * PANEL_COLUMNS + half;
      const columns = max(0, min(4, cOut - first));
      let to = panels + panel * panelBytes + (half << 2);
      for (let point = 0; point < POINTS; point++) {
        const head = point == BIAS_POINT && bias ? gather(bias + (first << 2), 4, columns) : f32x4.splat(0);
        v128.store(to + point * pointBytes, head);
      }
      for (let row = 0; row < kh; row++) {
        const place = turned ? (kh - 1 - row) * 3 * pixelBytes : row * rowInputs * (cOut << 2);
        for (let input = 0; input < cIn; input++) {
          const from = w + place + input * inputBytes + first * outputBytes;
          const left = gather(from + (turned ? 2 * pixelBytes : 0), outputBytes, columns);
          const middle = gather(from + pixelBytes, outputBytes, columns);
          const isThere = turned || 2 * cIn + input < rowInputs;
          const right = gather(from + (turned ? 0 : 2 * pixelBytes), outputBytes, isThere ? columns : 0);
          to += PANEL_STEP;
          putPoints(left, middle, right, to, pointBytes);
        }
      }
    }
  }
}

/** Four numbers `step` bytes apart, of which the first `count` are there; the others are zeros. */
@inline
function gather(from: usize, step: i32, count: i32): v128 {
  if (count == 4 && step == 4) return v128.load(from);
  let values = f32x4.splat(0);
  if (count > 0) values = v128.load32_lane(from, values, 0);
  if (count > 1) values = v128.load32_lane(from + step, values, 1);
  if (count > 2) values = v128.load32_lane(from + 2 * step, values, 2);
  if (count > 3) values = v128.load32_lane(from + 3 * step, values, 3);
  return values;
}

/** Three weights to their values at the points, with the factors of the whole transformation: Lavin and Gray's G. */
@inline
function putPoints(left: v128, middle: v128, right: v128, to: usize, step: i32): void {
  const outer = f32x4.mul(f32x4.add(left, right), f32x4.splat(-1.0 / 6));
  const inner = f32x4.mul(middle, f32x4.splat(-1.0 / 6));
  const outerTwo = multiplyAdd(right, f32x4.splat(1.0 / 6), f32x4.mul(left, f32x4.splat(1.0 / 24)));
  const innerTwo = f32x4.mul(middle, f32x4.splat(1.0 / 12));
  v128.store(to, f32x4.mul(left, f32x4.splat(0.25)));
  v128.store(to + step, f32x4.add(outer, inner));
  v128.store(to + 2 * step, f32x4.sub(outer, inner));
  v128.store(to + 3 * step, f32x4.add(outerTwo, innerTwo));
  v128.store(to + 4 * step, f32x4.sub(outerTwo, innerTwo));
  v128.store(to + 5 * step, right);
}

/**
 * y[n, hOut, wIn − 2, cOut] of x[n, hIn, wIn, cIn] and a kernel of kh × 3, cIn at least 4; items are pictures.
 *
 * @param panels for each point the panels of its weights, kh·cIn × cOut
 * @param work for each picture 24 · ⌈(wIn − 2) / 4⌉ · ((stride · (rows − 1) + kh) · cIn + rows · cOut) bytes
 * @param stride from row to row; from column to column it is 1
 * @param rows output rows of a block
 */
export function conv2dWinograd(
  x: usize,
  panels: usize,
  y: usize,
  work: usize,
  hIn: i32,
  wIn: i32,
  cIn: i32,
  hOut: i32,
  cOut: i32,
  kh: i32,
  stride: i32,
  rows: i32,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  const wOut = wIn - 2;
  const quads = (wOut + OUTPUTS - 1) / OUTPUTS;
  const pixelBytes = cIn << 2;
  const panelsBytes = ((cOut + 7) >> 3) * (kh * cIn + 1) * 32;
  const rowsSeen = stride * (rows - 1) + kh;
  // Threads share the pictures of a launch between them, and each keeps to the working memory of its own.
  const values = work + begin * POINTS * quads * (rowsSeen * cIn + rows * cOut) * 4;
  // Small pictures go together, so that products have whole tiles of pixels.
  const together = rows < hOut ? 1 : (LEAST_PIXELS + quads * hOut - 1) / (quads * hOut);
  for (let image = begin; image < end; image += together) {
    const pictures = min(together, end - image);
    const count = pictures * quads;
    for (let top = 0; top < hOut; top += rows) {
      const block = min(rows, hOut - top);
      const seen = stride * (block - 1) + kh;
      const quadBytes = seen * pixelBytes;
      const pointBytes = count * quadBytes;
      const quadSums = block * (cOut << 2);
      const sumsBytes = count * quadSums;
      const sums = values + POINTS * pointBytes;
      for (let picture = 0; picture < pictures; picture++) {
        const from = x + ((image + picture) * hIn + top * stride) * wIn * pixelBytes;
        const to = values + picture * quads * quadBytes;
        for (let row = 0; row < seen; row++) {
          const input = from + row * wIn * pixelBytes;
          transformInputs(input, to + row * pixelBytes, pointBytes, quadBytes, wOut, pixelBytes);
        }
      }
      for (let point = 0; point < POINTS; point++) {
        const step = stride * pixelBytes;
        multiplyPixels(
          values + point * pointBytes, 0, 0, count * block, step, block, quadBytes - block * step, count, 0,
          1, kh * cIn, 0, panels + point * panelsBytes, sums + point * sumsBytes, cOut, 0,
        );
      }
      for (let picture = 0; picture < pictures; picture++) {
        const from = sums + picture * quads * quadSums;
        const to = y + ((image + picture) * hOut + top) * wOut * (cOut << 2);
        for (let row = 0; row < block; row++) {
          const output = to + row * wOut * (cOut << 2);
          transformSums(from + row * (cOut << 2), sumsBytes, quadSums, output, wOut, cOut << 2, flags);
        }
      }
    }
  }
}

/** One row of inputs to its values at the six points, which lie `pointBytes` apart, those of the next quad `quadBytes`. */
@inline
function transformInputs(
  x: usize,
  values: usize,
  pointBytes: i32,
  quadBytes: i32,
  wOut: i32,
  pixelBytes: i32,
): void {
  for (let channel = 0; channel < pixelBytes; channel += 16) {
    // The last four may overlap the ones before: the same values again.
    const at = min(channel, pixelBytes - 16);
    let from = x + at;
    let to = values + at;
    for (let left = wOut >> 2; left > 0; left--) {
      transformSix(from, to, pointBytes, pixelBytes, 6);
      from += OUTPUTS * pixelBytes;
      to += quadBytes;
    }
    // Behind the end of the row are zeros.
    if (wOut & 3) transformSix(from, to, pointBytes, pixelBytes, 2 + (wOut & 3));
  }
}

/** Six inputs, of which the first `inside` are there. */
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

/** The sums of one row at the six points, those of a quad `quadBytes` behind those of the one before, to its outputs. */
@inline
function transformSums(
  sums: usize,
  pointBytes: i32,
  quadBytes: i32,
  y: usize,
  wOut: i32,
  pixelBytes: i32,
  flags: i32,
): void {
  let at = 0;
  for (; at + 16 <= pixelBytes; at += 16) {
    transformChannels(sums + at, pointBytes, quadBytes, y + at, wOut, pixelBytes, flags, true);
  }
  for (; at < pixelBytes; at += 4) {
    transformChannels(sums + at, pointBytes, quadBytes, y + at, wOut, pixelBytes, flags, false);
  }
}

@inline
function transformChannels(
  sums: usize,
  step: i32,
  quadBytes: i32,
  y: usize,
  wOut: i32,
  pixelBytes: i32,
  flags: i32,
  full: bool,
): void {
  let from = sums;
  let to = y;
  for (let left = wOut; left > 0; left -= OUTPUTS) {
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
    put(to, f32x4.add(f32x4.add(s0, sum), sumTwo), flags, full);
    if (left > 1) put(to + pixelBytes, multiplyAdd(differenceTwo, f32x4.splat(2), difference), flags, full);
    if (left > 2) put(to + 2 * pixelBytes, multiplyAdd(sumTwo, f32x4.splat(4), sum), flags, full);
    if (left > 3) {
      const last = multiplyAdd(differenceTwo, f32x4.splat(8), f32x4.add(difference, s5));
      put(to + 3 * pixelBytes, last, flags, full);
    }
    from += quadBytes;
    to += OUTPUTS * pixelBytes;
  }
}

@inline
function put(y: usize, value: v128, flags: i32, full: bool): void {
  storeLanes(y, finishLanes(value, y, flags, full), full);
}

/**
 * partial[chunk][6][kh·cIn, cOut]: at each of the six points, the sums over the pictures of a chunk whose three weights
 * {@link toWinogradWeights} makes. Items are chunks of `imagesPerChunk` of the n pictures.
 *
 * @param x [n, hOut + kh − 1, wOut + 2, cIn], cIn and cOut at least 4
 * @param dy [n, hOut, wOut, cOut]
 * @param work for each chunk BLOCK_PIXELS · (4 + cOut rounded up to 8) floats, and behind them
 * 6 · blockImages · ⌈wOut / 4⌉ · ((rows + kh − 1) · cIn + rows · cOut)
 * @param blockImages pictures of a block: 1, where a block has fewer rows than a picture
 * @param rows of a block
 */
export function conv2dWinogradBackwardWeights(
  x: usize,
  dy: usize,
  partial: usize,
  work: usize,
  hOut: i32,
  wOut: i32,
  cIn: i32,
  cOut: i32,
  kh: i32,
  images: i32,
  imagesPerChunk: i32,
  blockImages: i32,
  rows: i32,
  begin: i32,
  end: i32,
): void {
  const quads = (wOut + OUTPUTS - 1) / OUTPUTS;
  const hIn = hOut + kh - 1;
  const inBytes = cIn << 2;
  const outBytes = cOut << 2;
  const pointSums = kh * cIn * outBytes;
  const chunkWork = workBytes(cOut) + POINTS * blockImages * quads * ((rows + kh - 1) * inBytes + rows * outBytes);
  for (let chunk = begin; chunk < end; chunk++) {
    const products = work + chunk * chunkWork;
    const values = products + workBytes(cOut);
    const gradients = values + POINTS * blockImages * quads * (rows + kh - 1) * inBytes;
    const sums = partial + chunk * POINTS * pointSums;
    const last = min(images, (chunk + 1) * imagesPerChunk);
    let more = false;
    for (let image = chunk * imagesPerChunk; image < last; image += blockImages) {
      const pictures = min(blockImages, last - image);
      for (let top = 0; top < hOut; top += rows) {
        const block = min(rows, hOut - top);
        const quadBytes = (block + kh - 1) * inBytes;
        const gradientBytes = block * outBytes;
        const pointBytes = pictures * quads * quadBytes;
        const gradientPoint = pictures * quads * gradientBytes;
        for (let picture = 0; picture < pictures; picture++) {
          const input = x + ((image + picture) * hIn + top) * (wOut + 2) * inBytes;
          const inputValues = values + picture * quads * quadBytes;
          for (let row = 0; row < block + kh - 1; row++) {
            const from = input + row * (wOut + 2) * inBytes;
            transformInputs(from, inputValues + row * inBytes, pointBytes, quadBytes, wOut, inBytes);
          }
          const gradient = dy + ((image + picture) * hOut + top) * wOut * outBytes;
          const to = gradients + picture * quads * gradientBytes;
          for (let row = 0; row < block; row++) {
            const from = gradient + row * wOut * outBytes;
            transformGradients(from, to + row * outBytes, gradientPoint, gradientBytes, wOut, outBytes);
          }
        }
        for (let point = 0; point < POINTS; point++) {
          sumOuterProducts(
            values + point * pointBytes, 0, pictures * quads, block, inBytes, quadBytes - block * inBytes,
            pictures * quads, 0, kh * cIn, kh * cIn, 0, gradients + point * gradientPoint, cOut,
            sums + point * pointSums, products, more,
          );
        }
        more = true;
      }
    }
  }
}

/** One row of gradients to their values at the six points, as {@link transformInputs} does with inputs. */
@inline
function transformGradients(
  dy: usize,
  values: usize,
  pointBytes: i32,
  quadBytes: i32,
  wOut: i32,
  pixelBytes: i32,
): void {
  for (let channel = 0; channel < pixelBytes; channel += 16) {
    const at = min(channel, pixelBytes - 16);
    let from = dy + at;
    let to = values + at;
    for (let left = wOut; left > 0; left -= OUTPUTS) {
      transformFour(from, to, pointBytes, pixelBytes, left);
      from += OUTPUTS * pixelBytes;
      to += quadBytes;
    }
  }
}

/** Four gradients, of which the first `inside` are there, to their values at the points, still without factors. */
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
 * dw[kh][3][cIn][cOut] of the sums at the six points [6][kh·cIn, cOut], which were left without the factors of their
 * points; items are the kernel's rows, kh.
 */
export function toWinogradWeights(sums: usize, dw: usize, kh: i32, cIn: i32, cOut: i32, begin: i32, end: i32): void {
  const count = cIn * cOut;
  const pointBytes = (kh * count) << 2;
  for (let row = begin; row < end; row++) {
    const from = sums + ((row * count) << 2);
    const to = dw + ((row * 3 * count) << 2);
    let i = 0;
    for (; i + 4 <= count; i += 4) putWeights(from + (i << 2), pointBytes, to + (i << 2), count << 2, true);
    for (; i < count; i++) putWeights(from + (i << 2), pointBytes, to + (i << 2), count << 2, false);
  }
}

@inline
function putWeights(sums: usize, pointBytes: i32, dw: usize, pixelBytes: i32, full: bool): void {
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
