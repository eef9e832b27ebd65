/**
 * Matrix products of float32: dense layers, pointwise (1×1) convolutions, and their gradients.
 *
 * The data gradient of C = A·B is dC·Bᵀ: `packTurnedPanels`, then `gemm`. The weight gradient Aᵀ·dC is summed over the
 * rows in chunks of a fixed size, each into a partial result of its own, so that threads can share the sum and the
 * order of additions stays the same.
 */
import { blockOf, outerRows4 } from './outer';
import { multiplyPixels } from './product';

/** C[rows, n] = A[rows, k] · B[k, n] + bias[n], B and bias as panels; items are rows. */
export function gemm(
  a: usize,
  panels: usize,
  c: usize,
  k: i32,
  n: i32,
  flags: i32,
  begin: i32,
  end: i32,
): void {
  const aStep = k << 2;
  const rows = end - begin;
  multiplyPixels(
    a + begin * aStep, 0, 0, rows, aStep, rows, 0, 1, 0, 1, k, 0, panels, c + begin * (n << 2), n, flags,
  );
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
