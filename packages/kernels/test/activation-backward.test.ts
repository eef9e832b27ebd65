import { describe, expect, it } from 'vitest';
import { dot, finiteDifferences } from './finite-differences.js';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/activation.js';
import { softmax } from './reference/loss.js';

/** Values in −5 … 5, none within 0.01 of the kinks at 0, 1 and ±3, where slopes jump. */
function smoothValues(count: number, random: () => number): Float32Array {
  const bends = [0, 1, -3, 3];
  return randomValues(count, random).map((value) => {
    const x = 5 * value;
    return bends.some((bend) => Math.abs(x - bend) < 0.01) ? x + 0.02 : x;
  });
}

describe.each(KERNEL_BUILDS)('gradients of activations, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(31);

  describe.each([1, 3, 4, 61])('%i elements', (count) => {
    const x = smoothValues(count, random);
    const dy = randomValues(count, random);

    /** Launches a kernel that takes `source`, dy and dx; also checks it in place. */
    const backward = (
      kernel: 'clipBackward' | `${keyof typeof reference.ACTIVATIONS}Backward`,
      source: Float32Array,
      extra: readonly number[] = [],
    ) => {
      kernels.clear();
      const [ps, pdy, pdx] = [kernels.put(source), kernels.put(dy), kernels.reserve(dy.byteLength)];
      const outputs = [{ offset: pdx, length: count }];
      const [dx = new Float32Array()] = launchAndSplit(
        kernels,
        kernel,
        [ps, pdy, pdx, ...extra],
        count,
        outputs,
        random,
      );
      kernels.launch(kernel, [ps, pdy, pdy, ...extra], 0, count);
      expect(kernels.f32(pdy, count)).toEqual(dx);
      return dx;
    };

    it.each(['sigmoid', 'tanh', 'hardSigmoid', 'hardSwish', 'elu', 'gelu'] as const)('%s', (name) => {
      const f = reference.ACTIVATIONS[name];
      const dx = backward(`${name}Backward`, name === 'hardSwish' || name === 'gelu' ? x : x.map(f));
      const loss = (values: Float64Array) => dot(values.map(f), dy);
      expectClose(dx, finiteDifferences(loss, x), 1e-6);
    });

    it.each([
      [0, 3],
      [-Infinity, 1],
      [-3, Infinity],
      [-Infinity, Infinity],
    ])('clip to %d … %d', (low, high) => {
      const dx = backward('clipBackward', Float32Array.from(reference.clip(x, low, high)), [low, high]);
      expectClose(
        dx,
        finiteDifferences((values) => dot(reference.clip(values, low, high), dy), x),
        1e-6,
      );
    });
  });

  it('is 0 at the kinks and beyond, and propagates NaN where the slope is not 0', () => {
    kernels.clear();
    const y = Float32Array.of(0, 6, 0, 3);
    const dy = Float32Array.of(1, 1, NaN, NaN);
    const [py, pdy, pdx] = [kernels.put(y), kernels.put(dy), kernels.reserve(16)];
    kernels.launch('clipBackward', [py, pdy, pdx, 0, 6], 0, 4);
    expect([...kernels.f32(pdx, 4)]).toEqual([0, 0, 0, NaN]);
    const ends = kernels.put(Float32Array.of(-3, 3, -1e30, 1e30));
    const ones = kernels.put(Float32Array.of(1, 1, 1, 1));
    kernels.launch('hardSwishBackward', [ends, ones, pdx], 0, 4);
    expect([...kernels.f32(pdx, 4)]).toEqual([0, 1, 0, 1]);
  });

  it.each([1, 3, 4, 7, 16])('prelu, %i channels', (c) => {
    kernels.clear();
    const rows = 37;
    const [x, dy, alpha] = [
      smoothValues(rows * c, random),
      randomValues(rows * c, random),
      randomValues(c, random),
    ];
    const [px, pa, pdy, pdx] = [
      kernels.put(x),
      kernels.put(alpha),
      kernels.put(dy),
      kernels.reserve(x.byteLength),
    ];
    const outputs = [{ offset: pdx, length: x.length }];
    const [dx = []] = launchAndSplit(kernels, 'preluBackward', [px, pa, pdy, pdx, c], rows, outputs, random);
    expectClose(
      dx,
      finiteDifferences((values) => dot(reference.prelu(values, alpha), dy), x),
      1e-6,
    );

    const rowsPerChunk = 10;
    const chunks = Math.ceil(rows / rowsPerChunk);
    const partial = kernels.reserve(chunks * c * 4);
    const sums = [{ offset: partial, length: chunks * c }];
    const args = [px, pdy, partial, rows, c, rowsPerChunk];
    const [parts = new Float32Array()] = launchAndSplit(
      kernels,
      'preluBackwardAlpha',
      args,
      chunks,
      sums,
      random,
    );
    const total = Float64Array.from({ length: c }, (_, channel) => {
      return parts.reduce((sum, value, i) => (i % c === channel ? sum + value : sum), 0);
    });
    expectClose(
      total,
      finiteDifferences((values) => dot(reference.prelu(x, values), dy), alpha),
      1e-5,
    );
  });

  it.each([1, 2, 5, 8])('softmax of %i classes', (classes) => {
    kernels.clear();
    const rows = 7;
    const [x, dy] = [randomValues(rows * classes, random), randomValues(rows * classes, random)];
    const forward = (values: ArrayLike<number>) =>
      Array.from({ length: rows }, (_, row) => {
        return [...softmax(Array.from(values).slice(row * classes, (row + 1) * classes))];
      }).flat();
    const y = Float32Array.from(forward(x));
    const [py, pdy, pdx] = [kernels.put(y), kernels.put(dy), kernels.reserve(y.byteLength)];
    const outputs = [{ offset: pdx, length: y.length }];
    const [dx = []] = launchAndSplit(
      kernels,
      'softmaxBackward',
      [py, pdy, pdx, classes],
      rows,
      outputs,
      random,
    );
    expectClose(
      dx,
      finiteDifferences((values) => dot(forward(values), dy), x),
      1e-6,
    );
  });
});
