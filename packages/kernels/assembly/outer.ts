/**
 * Weight gradients of matrix products and of dense convolutions: sums over pixels of input × gradient.
 *
 * A tile is 4 weights of an output channel × 8 output channels, kept in registers while the pixels go by. The four
 * inputs that they meet mostly lie side by side: one pointer then serves them all. As in product.ts, the innermost
 * loop takes one step a turn on purpose.
 */
import { multiplyAdd } from './vector';

/** Floats of a block of inputs and gradients: 24 KiB, of the 32 KiB that a level-1 cache has at least. */
const BLOCK_FLOATS: i32 = 6144;

/**
 * How many rows of `width` positions a k × n weight gradient takes at a time, so that what all its tiles read, about
 * `floats` a position, stays in the level-1 cache; at most `rows`. Tiles that overlap (where 4 does not divide k or 8
 * does not divide n) cannot go on from earlier sums, and take all rows at once.
 */
@inline
export function blockOf(width: i32, floats: i32, k: i32, n: i32, rows: i32): i32 {
  if ((k & 3) != 0 || (n & 7) != 0) return rows;
  return min(rows, (max(24, BLOCK_FLOATS / floats) + width - 1) / width);
}

/**
 * Four rows of a weight gradient × two vectors of columns: out_i = Σ left_i[position] · right[position].
 *
 * Positions are the pixels of `runs` rows of an output, `length` a row; those of `right` follow one another, `step`
 * bytes apart. On the left one pixel is `leftStep` bytes behind the other, the next row starts `skip` bytes behind the
 * end of this one, and the next image `imageSkip` more, after row `imageRows`; the first row is `firstRow` of its image.
 *
 * @param Adjacent `void` where the four inputs lie anywhere, else side by side from `left0`
 * @param Second `void` where the second vector begins `second` bytes behind the first, else right behind it
 * @param more the sums go on from what `out_i` holds
 */
@inline
function tile4x8<Adjacent, Second>(
  left0: usize,
  left1: usize,
  left2: usize,
  left3: usize,
  leftStep: usize,
  skip: usize,
  imageSkip: usize,
  firstRow: i32,
  imageRows: i32,
  runs: i32,
  length: i32,
  right: usize,
  step: usize,
  out0: usize,
  out1: usize,
  out2: usize,
  out3: usize,
  distance: usize,
  more: bool,
): void {
  const second: usize = isVoid<Second>() ? distance : 16;
  let a0 = left0;
  let a1 = left1;
  let a2 = left2;
  let a3 = left3;
  let b = right;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  if (more) {
    s00 = v128.load(out0);
    s01 = v128.load(out0 + second);
    s10 = v128.load(out1);
    s11 = v128.load(out1 + second);
    s20 = v128.load(out2);
    s21 = v128.load(out2 + second);
    s30 = v128.load(out3);
    s31 = v128.load(out3 + second);
  }
  let row = firstRow;
  for (let run = runs; run > 0; run--) {
    for (let i = length; i > 0; i--) {
      const b0 = v128.load(b);
      const b1 = isVoid<Second>() ? v128.load(b + second) : v128.load(b, 16);
      let x = v128.load32_splat(a0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = isVoid<Adjacent>() ? v128.load32_splat(a1) : v128.load32_splat(a0, 4);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = isVoid<Adjacent>() ? v128.load32_splat(a2) : v128.load32_splat(a0, 8);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = isVoid<Adjacent>() ? v128.load32_splat(a3) : v128.load32_splat(a0, 12);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      b += step;
      a0 += leftStep;
      if (isVoid<Adjacent>()) {
        a1 += leftStep;
        a2 += leftStep;
        a3 += leftStep;
      }
    }
    let next = skip;
    if (++row == imageRows) {
      row = 0;
      next += imageSkip;
    }
    a0 += next;
    if (isVoid<Adjacent>()) {
      a1 += next;
      a2 += next;
      a3 += next;
    }
  }
  v128.store(out0, s00);
  v128.store(out0 + second, s01);
  v128.store(out1, s10);
  v128.store(out1 + second, s11);
  v128.store(out2, s20);
  v128.store(out2 + second, s21);
  v128.store(out3, s30);
  v128.store(out3 + second, s31);
}

/** As {@link tile4x8}, one column. */
@inline
function tile4x1(
  left0: usize,
  left1: usize,
  left2: usize,
  left3: usize,
  leftStep: usize,
  skip: usize,
  imageSkip: usize,
  firstRow: i32,
  imageRows: i32,
  runs: i32,
  length: i32,
  right: usize,
  step: usize,
  out0: usize,
  out1: usize,
  out2: usize,
  out3: usize,
  more: bool,
): void {
  let a0 = left0;
  let a1 = left1;
  let a2 = left2;
  let a3 = left3;
  let b = right;
  let s0: f32 = 0;
  let s1: f32 = 0;
  let s2: f32 = 0;
  let s3: f32 = 0;
  if (more) {
    s0 = load<f32>(out0);
    s1 = load<f32>(out1);
    s2 = load<f32>(out2);
    s3 = load<f32>(out3);
  }
  let row = firstRow;
  for (let run = runs; run > 0; run--) {
    for (let i = length; i > 0; i--) {
      const x = load<f32>(b);
      s0 += load<f32>(a0) * x;
      s1 += load<f32>(a1) * x;
      s2 += load<f32>(a2) * x;
      s3 += load<f32>(a3) * x;
      b += step;
      a0 += leftStep;
      a1 += leftStep;
      a2 += leftStep;
      a3 += leftStep;
    }
    let next = skip;
    if (++row == imageRows) {
      row = 0;
      next += imageSkip;
    }
    a0 += next;
    a1 += next;
    a2 += next;
    a3 += next;
  }
  store<f32>(out0, s0);
  store<f32>(out1, s1);
  store<f32>(out2, s2);
  store<f32>(out3, s3);
}

/**
 * All columns of four rows of a weight gradient. The last tile overlaps the one before where 8 does not divide n; of
 * fewer than eight columns, two vectors overlap, or they come one by one.
 */
export function outerRows4(
  left0: usize,
  left1: usize,
  left2: usize,
  left3: usize,
  leftStep: usize,
  skip: usize,
  imageSkip: usize,
  firstRow: i32,
  imageRows: i32,
  runs: i32,
  length: i32,
  right: usize,
  out0: usize,
  out1: usize,
  out2: usize,
  out3: usize,
  n: i32,
  more: bool,
): void {
  const step: usize = n << 2;
  if (n >= 8) {
    const adjacent = left1 == left0 + 4 && left2 == left0 + 8 && left3 == left0 + 12;
    for (let from: usize = 0; from < step; from += 32) {
      const column = min(from, step - 32);
      if (adjacent) {
        tile4x8<bool, bool>(
          left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length,
          right + column, step, out0 + column, out1 + column, out2 + column, out3 + column, 16, more,
        );
      } else {
        tile4x8<void, bool>(
          left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length,
          right + column, step, out0 + column, out1 + column, out2 + column, out3 + column, 16, more,
        );
      }
    }
  } else if (n >= 4) {
    tile4x8<void, void>(
      left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length,
      right, step, out0, out1, out2, out3, step - 16, more,
    );
  } else {
    for (let column: usize = 0; column < step; column += 4) {
      tile4x1(
        left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length,
        right + column, step, out0 + column, out1 + column, out2 + column, out3 + column, more,
      );
    }
  }
}
