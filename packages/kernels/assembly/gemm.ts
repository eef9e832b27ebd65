/**
 * Matrix products of float32, row-major: dense layers, pointwise (1×1) convolutions, and their gradients.
 *
 * The data gradient of C = A·B is dC·Bᵀ: `transposeMatrix`, then `gemm`. The weight gradient Aᵀ·dC is summed over the
 * rows in chunks of a fixed size, each into a partial result of its own, so that threads can share the sum and the
 * order of additions stays the same.
 */
import { blockOf, outerRows4, rows4 } from './tile';

/** C[rows, n] = A[rows, k] · B[k, n] + bias[n]; items are rows. */
export function gemm(
  a: usize,
  b: usize,
  bias: usize,
  c: usize,
  k: i32,
  n: i32,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  const aStep = k << 2;
  const cStep = n << 2;
  const last = end - 1;
  for (let row = begin; row < end; row += 4) {
    // Behind the last row, the last row again: the same values are written to it more than once.
    const row1 = min(row + 1, last);
    const row2 = min(row + 2, last);
    const row3 = min(row + 3, last);
    rows4(
      a + row * aStep,
      a + row1 * aStep,
      a + row2 * aStep,
      a + row3 * aStep,
      0,
      1,
      k,
      b,
      bias,
      c + row * cStep,
      c + row1 * cStep,
      c + row2 * cStep,
      c + row3 * cStep,
      n,
      flags,
    );
  }
}

/** partial[chunk][k, n] = Aᵀ · dC over the rows of the chunk; items are chunks of `rowsPerChunk` rows. */
export function gemmBackwardWeights(
  a: usize,
  dc: usize,
  partial: usize,
  rows: i32,
  k: i32,
  n: i32,
  rowsPerChunk: i32,
  begin: i32,
  end: i32,
): void {
  const aStep = k << 2;
  const cStep = n << 2;
  for (let chunk = begin; chunk < end; chunk++) {
    const first = chunk * rowsPerChunk;
    const last = min(first + rowsPerChunk, rows);
    const out = partial + chunk * (k * cStep);
    const block = blockOf(1, k + n, k, n, rowsPerChunk);
    for (let row = first; row < last; row += block) {
      const left = a + row * aStep;
      const right = dc + row * cStep;
      const count = min(block, last - row);
      for (let i = 0; i < k; i += 4) {
        // Four rows of the gradient at a time; the last four overlap those before where 4 does not divide k.
        const i0 = max(min(i, k - 4), 0);
        const i1 = min(i0 + 1, k - 1);
        const i2 = min(i0 + 2, k - 1);
        const i3 = min(i0 + 3, k - 1);
        outerRows4(
          left + (i0 << 2),
          left + (i1 << 2),
          left + (i2 << 2),
          left + (i3 << 2),
          aStep,
          0,
          0,
          0,
          0,
          1,
          count,
          right,
          out + i0 * cStep,
          out + i1 * cStep,
          out + i2 * cStep,
          out + i3 * cStep,
          n,
          row > first,
        );
      }
    }
  }
}

/** y[columns, rows] = x[rows, columns]ᵀ; items are rows of x. */
export function transposeMatrix(x: usize, y: usize, rows: i32, columns: i32, begin: i32, end: i32): void {
  const xStep = columns << 2;
  const yStep = rows << 2;
  let row = begin;
  for (; row + 4 <= end; row += 4) {
    let from = x + row * xStep;
    let to = y + (row << 2);
    let column = 0;
    for (; column + 4 <= columns; column += 4) {
      const r0 = v128.load(from);
      const r1 = v128.load(from + xStep);
      const r2 = v128.load(from + 2 * xStep);
      const r3 = v128.load(from + 3 * xStep);
      // Pairs of rows interleaved, then pairs of pairs.
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      v128.store(to + yStep, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
      v128.store(to + 2 * yStep, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
      v128.store(to + 3 * yStep, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
      from += 16;
      to += 4 * yStep;
    }
    for (; column < columns; column++) {
      store<f32>(to, load<f32>(from));
      store<f32>(to, load<f32>(from + xStep), 4);
      store<f32>(to, load<f32>(from + 2 * xStep), 8);
      store<f32>(to, load<f32>(from + 3 * xStep), 12);
      from += 4;
      to += yStep;
    }
  }
  for (; row < end; row++) {
    let from = x + row * xStep;
    let to = y + (row << 2);
    for (let column = 0; column < columns; column++) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += yStep;
    }
  }
}
