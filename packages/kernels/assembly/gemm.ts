/**
 * Matrix products of float32: dense layers, pointwise (1×1) convolutions, and their gradients.
 *
 * The data gradient of C = A·B is dC·Bᵀ: `packRotatedPanels`, then `gemm`. The weight gradient Aᵀ·dC is summed over chunks
 * of rows of a fixed size, each with its own partial sum, so that threads can share the work while the order of additions
 * stays the same.
 */
import { implicitGemm } from './gemm-micro-kernel';
import { accumulateWeightGradient, scratchBytes } from './weight-gradient';

/** C[rows, n] = A[rows, k] · B[k, n] + bias[n], B and bias as panels; items are rows. */
export function gemm(
  a: usize, panels: usize, c: usize,
  k: i32, n: i32, flags: i32,
  begin: i32, end: i32,
): void {
  const aStep = k << 2;
  const rows = end - begin;
  implicitGemm(
    a + begin * aStep, 0, rows, aStep, rows, 0, 1, 0, 1, k, 0, panels, c + begin * (n << 2), n, flags,
  );
}

/**
 * partial[chunk][k, n] = Aᵀ · dC over the rows of the chunk; items are chunks of `rowsPerChunk` rows. `scratch`
 * holds BLOCK_PIXELS × (4 + n rounded up to 8) floats per chunk.
 */
export function gemmBackwardWeights(
  a: usize, dc: usize, partial: usize, scratch: usize,
  rows: i32, k: i32, n: i32, rowsPerChunk: i32,
  begin: i32, end: i32,
): void {
  const aStep = k << 2;
  for (let chunk = begin; chunk < end; chunk++) {
    const first = chunk * rowsPerChunk;
    const count = min(rowsPerChunk, rows - first);
    accumulateWeightGradient(
      a + first * aStep, 0, 1, count, aStep, 0, 1, 0, k, k, 0, dc + first * (n << 2), n, partial + chunk * n * aStep,
      scratch + chunk * scratchBytes(n), false,
    );
  }
}
