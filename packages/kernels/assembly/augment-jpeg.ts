/**
 * JPEG compression artefacts for grey pictures: the DCT of each 8×8 block, its coefficients rounded to multiples of the
 * quantisation steps, and the inverse DCT. Entropy coding is lossless and left out.
 *
 * A block is processed in 64 floats of scratch memory. One pass transforms its columns, four at a time; the block is then
 * transposed and the pass repeated for the original rows, so that coefficients are ordered [horizontal][vertical].
 *
 * Ref: ITU-T T.81 (1992), A.3; the transform is the orthonormal DCT-II, split into sums and differences of mirrored
 * samples (W.-H. Chen, Smith, Fralick 1977).
 */
import { multiplyAdd } from './multiply-add';

/** ½·cos(kπ/16); C4 is also √⅛, the weight of the mean. */
const C1: f32 = 0.49039264;
const C2: f32 = 0.46193977;
const C3: f32 = 0.4157348;
const C4: f32 = 0.35355339;
const C5: f32 = 0.27778512;
const C6: f32 = 0.19134172;
const C7: f32 = 0.09754516;

/** Bytes of a row of a block, and of a block. */
const ROW: usize = 32;
const BLOCK: usize = 256;

@inline
function sumOf4(a: v128, b: v128, c: v128, d: v128, wa: f32, wb: f32, wc: f32, wd: f32): v128 {
  const ab = multiplyAdd(b, f32x4.splat(wb), f32x4.mul(a, f32x4.splat(wa)));
  return multiplyAdd(d, f32x4.splat(wd), multiplyAdd(c, f32x4.splat(wc), ab));
}

@inline
function sumOf2(a: v128, b: v128, wa: f32, wb: f32): v128 {
  return multiplyAdd(b, f32x4.splat(wb), f32x4.mul(a, f32x4.splat(wa)));
}

// The matrix from the four differences to the odd coefficients is symmetric, so it serves both directions.
@inline
function odd0(a: v128, b: v128, c: v128, d: v128): v128 {
  return sumOf4(a, b, c, d, C1, C3, C5, C7);
}
@inline
function odd1(a: v128, b: v128, c: v128, d: v128): v128 {
  return sumOf4(a, b, c, d, C3, -C7, -C1, -C5);
}
@inline
function odd2(a: v128, b: v128, c: v128, d: v128): v128 {
  return sumOf4(a, b, c, d, C5, -C1, C7, C3);
}
@inline
function odd3(a: v128, b: v128, c: v128, d: v128): v128 {
  return sumOf4(a, b, c, d, C7, -C5, C3, -C1);
}

/** Samples to coefficients, in four columns of a block, in place. */
function transformColumns(block: usize): void {
  const x0 = v128.load(block);
  const x1 = v128.load(block, ROW);
  const x2 = v128.load(block, 2 * ROW);
  const x3 = v128.load(block, 3 * ROW);
  const x4 = v128.load(block, 4 * ROW);
  const x5 = v128.load(block, 5 * ROW);
  const x6 = v128.load(block, 6 * ROW);
  const x7 = v128.load(block, 7 * ROW);
  const sum0 = f32x4.add(x0, x7);
  const sum1 = f32x4.add(x1, x6);
  const sum2 = f32x4.add(x2, x5);
  const sum3 = f32x4.add(x3, x4);
  const outerSum = f32x4.add(sum0, sum3);
  const innerSum = f32x4.add(sum1, sum2);
  const outerDifference = f32x4.sub(sum0, sum3);
  const innerDifference = f32x4.sub(sum1, sum2);
  v128.store(block, sumOf2(outerSum, innerSum, C4, C4));
  v128.store(block, sumOf2(outerDifference, innerDifference, C2, C6), 2 * ROW);
  v128.store(block, sumOf2(outerSum, innerSum, C4, -C4), 4 * ROW);
  v128.store(block, sumOf2(outerDifference, innerDifference, C6, -C2), 6 * ROW);
  const difference0 = f32x4.sub(x0, x7);
  const difference1 = f32x4.sub(x1, x6);
  const difference2 = f32x4.sub(x2, x5);
  const difference3 = f32x4.sub(x3, x4);
  v128.store(block, odd0(difference0, difference1, difference2, difference3), ROW);
  v128.store(block, odd1(difference0, difference1, difference2, difference3), 3 * ROW);
  v128.store(block, odd2(difference0, difference1, difference2, difference3), 5 * ROW);
  v128.store(block, odd3(difference0, difference1, difference2, difference3), 7 * ROW);
}

/** Coefficients to samples, in four columns of a block, in place. */
function restoreColumns(block: usize): void {
  const x0 = v128.load(block);
  const x1 = v128.load(block, ROW);
  const x2 = v128.load(block, 2 * ROW);
  const x3 = v128.load(block, 3 * ROW);
  const x4 = v128.load(block, 4 * ROW);
  const x5 = v128.load(block, 5 * ROW);
  const x6 = v128.load(block, 6 * ROW);
  const x7 = v128.load(block, 7 * ROW);
  const outerSum = sumOf2(x0, x4, C4, C4);
  const innerSum = sumOf2(x0, x4, C4, -C4);
  const outerDifference = sumOf2(x2, x6, C2, C6);
  const innerDifference = sumOf2(x2, x6, C6, -C2);
  const even0 = f32x4.add(outerSum, outerDifference);
  const even1 = f32x4.add(innerSum, innerDifference);
  const even2 = f32x4.sub(innerSum, innerDifference);
  const even3 = f32x4.sub(outerSum, outerDifference);
  const difference0 = odd0(x1, x3, x5, x7);
  const difference1 = odd1(x1, x3, x5, x7);
  const difference2 = odd2(x1, x3, x5, x7);
  const difference3 = odd3(x1, x3, x5, x7);
  v128.store(block, f32x4.add(even0, difference0));
  v128.store(block, f32x4.add(even1, difference1), ROW);
  v128.store(block, f32x4.add(even2, difference2), 2 * ROW);
  v128.store(block, f32x4.add(even3, difference3), 3 * ROW);
  v128.store(block, f32x4.sub(even3, difference3), 4 * ROW);
  v128.store(block, f32x4.sub(even2, difference2), 5 * ROW);
  v128.store(block, f32x4.sub(even1, difference1), 6 * ROW);
  v128.store(block, f32x4.sub(even0, difference0), 7 * ROW);
}

/** Stores four rows of four as columns at `to`. */
@inline
function storeTransposed(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7), ROW);
  const abRight = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdRight = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(abRight, cdRight, 0, 1, 4, 5), 2 * ROW);
  v128.store(to, v128.shuffle<f32>(abRight, cdRight, 2, 3, 6, 7), 3 * ROW);
}

function transposeBlock(block: usize): void {
  for (let quarter: usize = 0; quarter <= 4 * ROW + 16; quarter += 4 * ROW + 16) {
    const diagonal = block + quarter;
    storeTransposed(
      v128.load(diagonal),
      v128.load(diagonal, ROW),
      v128.load(diagonal, 2 * ROW),
      v128.load(diagonal, 3 * ROW),
      diagonal,
    );
  }
  const right = block + 16;
  const below = block + 4 * ROW;
  const a = v128.load(right);
  const b = v128.load(right, ROW);
  const c = v128.load(right, 2 * ROW);
  const d = v128.load(right, 3 * ROW);
  storeTransposed(
    v128.load(below),
    v128.load(below, ROW),
    v128.load(below, 2 * ROW),
    v128.load(below, 3 * ROW),
    right,
  );
  storeTransposed(a, b, c, d, below);
}

/** Rounds to an integer grey in 0 … 255. */
@inline
function toGrey(x: v128): v128 {
  return f32x4.pmin(f32x4.splat(255), f32x4.pmax(f32x4.splat(0), f32x4.nearest(x)));
}

/** A grey as a sample −128 … 127. */
@inline
function toSample(grey: v128): v128 {
  return f32x4.sub(toGrey(grey), f32x4.splat(128));
}

/** A sample as a grey. */
@inline
function fromSample(sample: v128): v128 {
  return toGrey(f32x4.add(sample, f32x4.splat(128)));
}

/** Loads the 64 samples from (left, top) on; past the picture, its last column and row repeat. */
function loadBlock(x: usize, block: usize, h: i32, w: i32, top: i32, left: i32): void {
  for (let row = 0; row < 8; row++) {
    let from = x + (<usize>(min(top + row, h - 1) * w + left) << 2);
    const to = block + <usize>row * ROW;
    if (left + 8 > w) {
      for (let column = 0; column < 8; column++) {
        store<f32>(to + (<usize>column << 2), load<f32>(from + (<usize>min(column, w - left - 1) << 2)));
      }
      from = to;
    }
    v128.store(to, toSample(v128.load(from)));
    v128.store(to, toSample(v128.load(from, 16)), 16);
  }
}

/** Stores the part of a block that lies inside the picture. */
function storeBlock(block: usize, x: usize, h: i32, w: i32, top: i32, left: i32): void {
  const rows = min(h - top, 8);
  for (let row = 0; row < rows; row++) {
    const from = block + <usize>row * ROW;
    const to = x + (<usize>((top + row) * w + left) << 2);
    const whole = left + 8 <= w;
    const target = whole ? to : from;
    v128.store(target, fromSample(v128.load(from)));
    v128.store(target, fromSample(v128.load(from, 16)), 16);
    for (let column = 0; column < w - left && !whole; column++) {
      store<f32>(to + (<usize>column << 2), load<f32>(from + (<usize>column << 2)));
    }
  }
}

/** Rounds each coefficient to the nearest multiple of its step. */
function quantizeBlock(block: usize, steps: usize): void {
  for (let at: usize = 0; at < BLOCK; at += 16) {
    const step = v128.load(steps + at);
    v128.store(block + at, f32x4.mul(f32x4.nearest(f32x4.div(v128.load(block + at), step)), step));
  }
}

/**
 * x = x after JPEG, in place: greys [h, w] in, integer greys 0 … 255 out. `steps` holds the 64 quantisation steps by
 * [horizontal][vertical] frequency, `scratch` 64 floats per row of blocks. Items are the ⌈h/8⌉ rows of blocks.
 */
export function jpegRoundTrip(
  x: usize, steps: usize, scratch: usize,
  h: i32, w: i32, begin: i32, end: i32,
): void {
  for (let blockRow = begin; blockRow < end; blockRow++) {
    const block = scratch + <usize>blockRow * BLOCK;
    for (let left = 0; left < w; left += 8) {
      loadBlock(x, block, h, w, blockRow * 8, left);
      transformColumns(block);
      transformColumns(block + 16);
      transposeBlock(block);
      transformColumns(block);
      transformColumns(block + 16);
      quantizeBlock(block, steps);
      restoreColumns(block);
      restoreColumns(block + 16);
      transposeBlock(block);
      restoreColumns(block);
      restoreColumns(block + 16);
      storeBlock(block, x, h, w, blockRow * 8, left);
    }
  }
}
