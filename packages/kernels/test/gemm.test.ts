import { describe, expect, it } from 'vitest';
import {
  createRandom,
  expectClose,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomCuts,
  randomValues,
} from './kernel-instance.js';
import * as reference from './reference/gemm.js';
import { packPanels } from './reference/panels.js';

const ROWS = [1, 2, 3, 4, 7, 12, 36];
/** 8, 16, 32 and 64 have specialised code. */
const INNER = [1, 2, 5, 8, 16, 32, 64, 72];
const COLUMNS = [1, 3, 4, 7, 8, 12, 15, 17, 32];
/** Flag bit 0 is ReLU, bit 1 accumulate. */
const FLAGS = [0, 1, 2];
const TOLERANCE = 1e-5;
/** Scratch memory of a chunk of a weight gradient. */
const scratchBytes = (n: number) => 128 * (4 + 8 * Math.ceil(n / 8)) * 4;

describe.each(KERNEL_BUILDS)('gemm, %s build', (build) => {
  const kernels = new KernelInstance(build);

  it.each(ROWS)('%i rows: agrees with the reference, bit for bit the same in any split', (rows) => {
    const random = createRandom(rows);
    for (const k of INNER) {
      for (const n of COLUMNS) {
        for (const flags of FLAGS) {
          kernels.clear();
          const [a, b, before] = [rows * k, k * n, rows * n].map((length) => randomValues(length, random));
          if (!a || !b || !before) throw new Error('unreachable');
          const bias = n % 2 ? randomValues(n, random) : null;
          const c = kernels.reserve(rows * n * 4);
          const panels = kernels.put(packPanels(b, bias, k, n));
          const args = [kernels.put(a), panels, c, k, n, flags];
          const start = flags & 2 ? before : undefined;

          kernels.reset(c, rows * n, start);
          kernels.launch('gemm', args, 0, rows);
          const whole = kernels.f32(c, rows * n);
          const sums = reference.gemm(a, b, bias, rows, k, n);
          expectClose(
            whole,
            reference.store(sums, { relu: (flags & 1) !== 0, before: start ?? null }),
            TOLERANCE,
          );

          kernels.reset(c, rows * n, start);
          kernels.launchSplit('gemm', args, rows, randomCuts(rows, 3, random));
          expectIdentical(kernels.f32(c, rows * n), whole);
          kernels.expectGuardsIntact();
        }
      }
    }
  });

  it.each(ROWS)('%i rows: weight gradients agree with the reference, chunk by chunk', (rows) => {
    const random = createRandom(100 + rows);
    for (const k of INNER) {
      for (const n of COLUMNS) {
        for (const rowsPerChunk of [5, rows]) {
          kernels.clear();
          const a = randomValues(rows * k, random);
          const dc = randomValues(rows * n, random);
          const chunks = Math.ceil(rows / rowsPerChunk);
          const partial = kernels.reserve(chunks * k * n * 4);
          const scratch = kernels.reserve(chunks * scratchBytes(n));
          const args = [kernels.put(a), kernels.put(dc), partial, scratch, rows, k, n, rowsPerChunk];
          kernels.launch('gemmBackwardWeights', args, 0, chunks);
          const whole = kernels.f32(partial, chunks * k * n);
          for (let chunk = 0; chunk < chunks; chunk++) {
            const first = chunk * rowsPerChunk;
            const last = Math.min(first + rowsPerChunk, rows);
            const expected = reference.gemmBackwardWeights(a, dc, k, n, first, last);
            expectClose(whole.subarray(chunk * k * n, (chunk + 1) * k * n), expected, TOLERANCE);
          }
          kernels.reset(partial, chunks * k * n);
          kernels.launchSplit('gemmBackwardWeights', args, chunks, randomCuts(chunks, 2, random));
          expectIdentical(kernels.f32(partial, chunks * k * n), whole);
          kernels.expectGuardsIntact();
        }
      }
    }
  });

  it.each([
    [72, 32],
    [72, 30],
    [130, 130],
    [128, 128],
  ])('weight gradients of %i × %i accumulate over blocks of rows', (k, n) => {
    kernels.clear();
    const random = createRandom(7);
    // Blocks have 128 rows; the chunks end inside a block.
    const [rows, rowsPerChunk] = [500, 300];
    const a = randomValues(rows * k, random);
    const dc = randomValues(rows * n, random);
    const partial = kernels.reserve(2 * k * n * 4);
    const scratch = kernels.reserve(2 * scratchBytes(n));
    const args = [kernels.put(a), kernels.put(dc), partial, scratch, rows, k, n, rowsPerChunk];
    kernels.launch('gemmBackwardWeights', args, 0, 2);
    for (const [chunk, first, last] of [
      [0, 0, 300],
      [1, 300, 500],
    ] as const) {
      const expected = reference.gemmBackwardWeights(a, dc, k, n, first, last);
      expectClose(kernels.f32(partial + chunk * k * n * 4, k * n), expected, 10 * TOLERANCE);
    }
    kernels.expectGuardsIntact();
  });

  it('clamps with ReLU, and keeps NaN', () => {
    kernels.clear();
    const a = kernels.put(Float32Array.of(1, NaN));
    const b = kernels.put(
      packPanels(
        Float32Array.from({ length: 9 }, (_, i) => i - 4),
        null,
        1,
        9,
      ),
    );
    const c = kernels.reserve(18 * 4);
    kernels.launch('gemm', [a, b, c, 1, 9, 1], 0, 2);
    expect([...kernels.f32(c, 9)]).toEqual([0, 0, 0, 0, 0, 1, 2, 3, 4]);
    expect([...kernels.f32(c + 36, 9)].every(Number.isNaN)).toBe(true);
  });
});
