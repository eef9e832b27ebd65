/**
 * The inner loops of matrix products and dense convolutions: small tiles of the result, kept in registers.
 *
 * A tile is 4 rows × 8 columns. A row is given by a pointer to its inputs, so that rows need not lie at equal
 * distances: the rows of a matrix, or the pixels under a convolution's kernel. The inputs of a row are `segments`
 * runs of `length` floats; the next run starts `skip` bytes behind the end of the one before. The matrix on the right
 * is row-major, `step` bytes a row, and its rows are used in order.
 *
 * The loops take one step a turn on purpose. V8 emits all loads of a straight piece of code before its arithmetic and
 * unrolls such small loops itself, piece by piece: 4 × 8 sums, four splats and two vectors fit sixteen registers.
 * Unrolled by hand, four steps of loads do not; the sums then live in memory, and gemm falls from 46 to 16 GFLOP/s.
 *
 * Every element of the result is one chain of multiply-adds in the order of the inputs, starting at the bias,
 * whatever tile it falls into. Therefore a result never depends on how the rows are divided.
 */
import { FLAG_ACCUMULATE, FLAG_RELU, multiplyAdd } from './vector';

/** Floats of a block of inputs and gradients: 24 KiB, of the 32 KiB that a level-1 cache has at least. */
const BLOCK_FLOATS: i32 = 6144;

/** What is stored for a sum: with the old value added, or clamped, as the flags ask. */
@inline
export function finish(sum: v128, c: usize, flags: i32): v128 {
  let result = sum;
  if (flags & FLAG_ACCUMULATE) result = f32x4.add(v128.load(c), result);
  // pmax(x, 0) is x < 0 ? 0 : x, one instruction, and lets NaN through.
  if (flags & FLAG_RELU) result = f32x4.pmax(result, f32x4.splat(0));
  return result;
}

@inline
export function finishScalar(sum: f32, c: usize, flags: i32): f32 {
  let result = sum;
  if (flags & FLAG_ACCUMULATE) result = load<f32>(c) + result;
  if (flags & FLAG_RELU) result = result < 0 ? 0 : result;
  return result;
}

@inline
export function biasOrZero(bias: usize, offset: usize): v128 {
  return bias ? v128.load(bias + offset) : f32x4.splat(0);
}

/** 4 rows × two vectors of columns, at the byte offsets `column` and `column + second`, which may overlap. */
@inline
export function tile4x8(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  skip: usize,
  segments: i32,
  length: i32,
  right: usize,
  step: usize,
  bias: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  column: usize,
  second: usize,
  flags: i32,
): void {
  let a0 = row0;
  let a1 = row1;
  let a2 = row2;
  let a3 = row3;
  let b = right + column;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  if (bias) {
    s00 = v128.load(bias + column);
    s01 = v128.load(bias + column + second);
  }
  let s10 = s00;
  let s11 = s01;
  let s20 = s00;
  let s21 = s01;
  let s30 = s00;
  let s31 = s01;
  let segment = segments;
  do {
    for (let left = length; left > 0; left--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b + second);
      let x = v128.load32_splat(a0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(a1);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(a2);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(a3);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      b += step;
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    if (segments == 1) break;
    a0 += skip;
    a1 += skip;
    a2 += skip;
    a3 += skip;
  } while (--segment > 0);
  // All old values are read before anything is stored: rows or columns that a tile names twice stay right.
  if (flags & FLAG_ACCUMULATE) {
    s00 = f32x4.add(v128.load(c0 + column), s00);
    s01 = f32x4.add(v128.load(c0 + column + second), s01);
    s10 = f32x4.add(v128.load(c1 + column), s10);
    s11 = f32x4.add(v128.load(c1 + column + second), s11);
    s20 = f32x4.add(v128.load(c2 + column), s20);
    s21 = f32x4.add(v128.load(c2 + column + second), s21);
    s30 = f32x4.add(v128.load(c3 + column), s30);
    s31 = f32x4.add(v128.load(c3 + column + second), s31);
  }
  if (flags & FLAG_RELU) {
    const zero = f32x4.splat(0);
    s00 = f32x4.pmax(s00, zero);
    s01 = f32x4.pmax(s01, zero);
    s10 = f32x4.pmax(s10, zero);
    s11 = f32x4.pmax(s11, zero);
    s20 = f32x4.pmax(s20, zero);
    s21 = f32x4.pmax(s21, zero);
    s30 = f32x4.pmax(s30, zero);
    s31 = f32x4.pmax(s31, zero);
  }
  v128.store(c0 + column, s00);
  v128.store(c0 + column + second, s01);
  v128.store(c1 + column, s10);
  v128.store(c1 + column + second, s11);
  v128.store(c2 + column, s20);
  v128.store(c2 + column + second, s21);
  v128.store(c3 + column, s30);
  v128.store(c3 + column + second, s31);
}

/** 4 rows × one vector of columns. */
@inline
export function tile4x4(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  skip: usize,
  segments: i32,
  length: i32,
  right: usize,
  step: usize,
  bias: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  column: usize,
  flags: i32,
): void {
  let a0 = row0;
  let a1 = row1;
  let a2 = row2;
  let a3 = row3;
  let b = right + column;
  let s0 = biasOrZero(bias, column);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let segment = segments;
  do {
    for (let left = length; left > 0; left--) {
      const x = v128.load(b);
      s0 = multiplyAdd(v128.load32_splat(a0), x, s0);
      s1 = multiplyAdd(v128.load32_splat(a1), x, s1);
      s2 = multiplyAdd(v128.load32_splat(a2), x, s2);
      s3 = multiplyAdd(v128.load32_splat(a3), x, s3);
      b += step;
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    if (segments == 1) break;
    a0 += skip;
    a1 += skip;
    a2 += skip;
    a3 += skip;
  } while (--segment > 0);
  s0 = finish(s0, c0 + column, flags);
  s1 = finish(s1, c1 + column, flags);
  s2 = finish(s2, c2 + column, flags);
  s3 = finish(s3, c3 + column, flags);
  v128.store(c0 + column, s0);
  v128.store(c1 + column, s1);
  v128.store(c2 + column, s2);
  v128.store(c3 + column, s3);
}

/** 4 rows × one column. */
@inline
export function tile4x1(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  skip: usize,
  segments: i32,
  length: i32,
  right: usize,
  step: usize,
  bias: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  column: usize,
  flags: i32,
): void {
  let a0 = row0;
  let a1 = row1;
  let a2 = row2;
  let a3 = row3;
  let b = right + column;
  let s0: f32 = bias ? load<f32>(bias + column) : 0;
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let segment = segments;
  do {
    for (let left = length; left > 0; left--) {
      const x = load<f32>(b);
      s0 += load<f32>(a0) * x;
      s1 += load<f32>(a1) * x;
      s2 += load<f32>(a2) * x;
      s3 += load<f32>(a3) * x;
      b += step;
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    if (segments == 1) break;
    a0 += skip;
    a1 += skip;
    a2 += skip;
    a3 += skip;
  } while (--segment > 0);
  s0 = finishScalar(s0, c0 + column, flags);
  s1 = finishScalar(s1, c1 + column, flags);
  s2 = finishScalar(s2, c2 + column, flags);
  s3 = finishScalar(s3, c3 + column, flags);
  store<f32>(c0 + column, s0);
  store<f32>(c1 + column, s1);
  store<f32>(c2 + column, s2);
  store<f32>(c3 + column, s3);
}

/** All columns of 4 rows: 8 at a time; then 5 to 7 as two vectors that overlap, 4 as one, up to 3 one by one. */
@inline
export function rows4(
  row0: usize,
  row1: usize,
  row2: usize,
  row3: usize,
  skip: usize,
  segments: i32,
  length: i32,
  right: usize,
  bias: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  n: i32,
  flags: i32,
): void {
  const step = (<usize>n) << 2;
  let column: usize = 0;
  for (; column + 32 <= step; column += 32) {
    tile4x8(
      row0, row1, row2, row3, skip, segments, length, right, step, bias, c0, c1, c2, c3, column, 16, flags,
    );
  }
  if (column + 16 < step) {
    tile4x8(
      row0, row1, row2, row3, skip, segments, length, right, step, bias, c0, c1, c2, c3, column, step - 16 -
      column, flags,
    );
    column = step;
  } else if (column + 16 == step) {
    tile4x4(row0, row1, row2, row3, skip, segments, length, right, step, bias, c0, c1, c2, c3, column, flags);
    column = step;
  }
  for (; column < step; column += 4) {
    tile4x1(row0, row1, row2, row3, skip, segments, length, right, step, bias, c0, c1, c2, c3, column, flags);
  }
}

/**
 * Four rows of a weight gradient × two vectors of columns: out_i = Σ left_i[position] · right[position].
 * `more`: the sums go on from what `out_i` holds.
 *
 * Positions are the pixels of `runs` rows of an output, `length` a row; those of `right` follow one another, `step`
 * bytes apart. On the left one pixel is `leftStep` bytes behind the other, the next row starts `skip` bytes behind the
 * end of this one, and the next image `imageSkip` more, after row `imageRows`; the first row is `firstRow` of its image.
 */
@inline
export function outer4x8(
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
  column: usize,
  second: usize,
  more: bool,
): void {
  let a0 = left0;
  let a1 = left1;
  let a2 = left2;
  let a3 = left3;
  let b = right + column;
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  if (more) {
    s00 = v128.load(out0 + column);
    s01 = v128.load(out0 + column + second);
    s10 = v128.load(out1 + column);
    s11 = v128.load(out1 + column + second);
    s20 = v128.load(out2 + column);
    s21 = v128.load(out2 + column + second);
    s30 = v128.load(out3 + column);
    s31 = v128.load(out3 + column + second);
  }
  let row = firstRow;
  for (let run = runs; run > 0; run--) {
    for (let i = length; i > 0; i--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b + second);
      let x = v128.load32_splat(a0);
      s00 = multiplyAdd(x, b0, s00);
      s01 = multiplyAdd(x, b1, s01);
      x = v128.load32_splat(a1);
      s10 = multiplyAdd(x, b0, s10);
      s11 = multiplyAdd(x, b1, s11);
      x = v128.load32_splat(a2);
      s20 = multiplyAdd(x, b0, s20);
      s21 = multiplyAdd(x, b1, s21);
      x = v128.load32_splat(a3);
      s30 = multiplyAdd(x, b0, s30);
      s31 = multiplyAdd(x, b1, s31);
      b += step;
      a0 += leftStep;
      a1 += leftStep;
      a2 += leftStep;
      a3 += leftStep;
    }
    a0 += skip;
    a1 += skip;
    a2 += skip;
    a3 += skip;
    if (++row == imageRows) {
      row = 0;
      a0 += imageSkip;
      a1 += imageSkip;
      a2 += imageSkip;
      a3 += imageSkip;
    }
  }
  v128.store(out0 + column, s00);
  v128.store(out0 + column + second, s01);
  v128.store(out1 + column, s10);
  v128.store(out1 + column + second, s11);
  v128.store(out2 + column, s20);
  v128.store(out2 + column + second, s21);
  v128.store(out3 + column, s30);
  v128.store(out3 + column + second, s31);
}

/** As {@link outer4x8}, one vector of columns. */
@inline
export function outer4x4(
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
  column: usize,
  more: bool,
): void {
  let a0 = left0;
  let a1 = left1;
  let a2 = left2;
  let a3 = left3;
  let b = right + column;
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  if (more) {
    s0 = v128.load(out0 + column);
    s1 = v128.load(out1 + column);
    s2 = v128.load(out2 + column);
    s3 = v128.load(out3 + column);
  }
  let row = firstRow;
  for (let run = runs; run > 0; run--) {
    for (let i = length; i > 0; i--) {
      const x = v128.load(b);
      s0 = multiplyAdd(v128.load32_splat(a0), x, s0);
      s1 = multiplyAdd(v128.load32_splat(a1), x, s1);
      s2 = multiplyAdd(v128.load32_splat(a2), x, s2);
      s3 = multiplyAdd(v128.load32_splat(a3), x, s3);
      b += step;
      a0 += leftStep;
      a1 += leftStep;
      a2 += leftStep;
      a3 += leftStep;
    }
    a0 += skip;
    a1 += skip;
    a2 += skip;
    a3 += skip;
    if (++row == imageRows) {
      row = 0;
      a0 += imageSkip;
      a1 += imageSkip;
      a2 += imageSkip;
      a3 += imageSkip;
    }
  }
  v128.store(out0 + column, s0);
  v128.store(out1 + column, s1);
  v128.store(out2 + column, s2);
  v128.store(out3 + column, s3);
}

/** As {@link outer4x8}, one column. */
@inline
export function outer4x1(
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
  column: usize,
  more: bool,
): void {
  let a0 = left0;
  let a1 = left1;
  let a2 = left2;
  let a3 = left3;
  let b = right + column;
  let s0: f32 = 0;
  let s1: f32 = 0;
  let s2: f32 = 0;
  let s3: f32 = 0;
  if (more) {
    s0 = load<f32>(out0 + column);
    s1 = load<f32>(out1 + column);
    s2 = load<f32>(out2 + column);
    s3 = load<f32>(out3 + column);
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
    a0 += skip;
    a1 += skip;
    a2 += skip;
    a3 += skip;
    if (++row == imageRows) {
      row = 0;
      a0 += imageSkip;
      a1 += imageSkip;
      a2 += imageSkip;
      a3 += imageSkip;
    }
  }
  store<f32>(out0 + column, s0);
  store<f32>(out1 + column, s1);
  store<f32>(out2 + column, s2);
  store<f32>(out3 + column, s3);
}

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

/** All columns of four rows of a weight gradient; the last tile overlaps the one before where 4 does not divide n. */
@inline
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
  const step = (<usize>n) << 2;
  let column: usize = 0;
  for (; column + 32 <= step; column += 32) {
    outer4x8(
      left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length, right, step,
      out0, out1, out2, out3, column, 16, more,
    );
  }
  if (column == step) return;
  if (n < 4) {
    for (; column < step; column += 4) {
      outer4x1(
        left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length, right,
        step, out0, out1, out2, out3, column, more,
      );
    }
  } else if (column + 16 < step) {
    outer4x8(
      left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length, right, step,
      out0, out1, out2, out3, column, step - 16 - column, more,
    );
  } else {
    outer4x4(
      left0, left1, left2, left3, leftStep, skip, imageSkip, firstRow, imageRows, runs, length, right, step,
      out0, out1, out2, out3, step - 16, more,
    );
  }
}
