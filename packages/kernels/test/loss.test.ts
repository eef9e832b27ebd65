import { describe, expect, it } from 'vitest';
import { finiteDifferences } from './finite-differences.js';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/loss.js';

/** The rows of a [rows, classes] array. */
function rowsOf(values: Float32Array, classes: number): Float32Array[] {
  return Array.from({ length: values.length / classes }, (_, i) =>
    values.slice(i * classes, (i + 1) * classes),
  );
}

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

describe.each(KERNEL_BUILDS)('loss kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(5);

  function softmax(logits: Float32Array, classes: number): Float32Array {
    kernels.clear();
    const rows = logits.length / classes;
    const [px, py] = [kernels.put(logits), kernels.reserve(logits.byteLength)];
    const outputs = [{ offset: py, length: logits.length }];
    const [y] = launchAndSplit(kernels, 'softmax', [px, py, classes], rows, outputs, random);
    kernels.launch('softmax', [px, px, classes], 0, rows);
    expect(kernels.f32(px, logits.length)).toEqual(y);
    return y ?? new Float32Array();
  }

  it.each([1, 2, 4, 7, 8, 19])('softmax of %i classes', (classes) => {
    const logits = randomValues(11 * classes, random).map((value) => value * 20);
    const y = softmax(logits, classes);
    expectClose(
      y,
      rowsOf(logits, classes).flatMap((row) => [...reference.softmax(row)]),
      1e-6,
    );
    for (const row of rowsOf(y, classes)) expect(Math.abs(sum(row) - 1)).toBeLessThan(1e-6);
  });

  it('softmax handles logits of ±10,000 and is invariant to a shift', () => {
    const y = softmax(Float32Array.of(1e4, -1e4, 0, 1e4, 1e4, -1e4, 9999), 7);
    expectClose(y, reference.softmax([1e4, -1e4, 0, 1e4, 1e4, -1e4, 9999]), 1e-6);
    const logits = Float32Array.of(0.5, -1, 2, 0.25, -3, 1.5, 0);
    expectClose(
      softmax(
        logits.map((value) => value + 4096),
        7,
      ),
      softmax(logits, 7),
      0,
    );
  });

  it('the exponential is accurate to 2 ulp, down to subnormal results', () => {
    // With logits 0 and x, the ratio of the two probabilities is exp(x); each division adds half an ulp.
    const xs = Array.from({ length: 3000 }, (_, i) => Math.fround(-i * 0.029));
    const y = softmax(Float32Array.from(xs.flatMap((x) => [0, x])), 2);
    for (const [i, x] of xs.entries()) {
      const ratio = (y[2 * i + 1] ?? NaN) / (y[2 * i] ?? NaN);
      expect(Math.abs(ratio / Math.exp(x) - 1)).toBeLessThan(3 * 2 ** -23);
    }
    const small = softmax(Float32Array.of(0, -87.5, 0, -95, 0, -103, 0, -104.5, 0, -Infinity), 2);
    expect(small[1]).toBeCloseTo(Math.exp(-87.5), 43);
    expect(small[3]).toBeCloseTo(Math.exp(-95), 44);
    expect(small[5]).toBe(2 ** -149);
    expect(small[7]).toBe(0);
    expect(small[9]).toBe(0);
  });

  it('a NaN makes its own row NaN and no other', () => {
    const y = softmax(Float32Array.of(1, NaN, 3, 1, 2, 3), 3);
    expect([...y.slice(0, 3)]).toEqual([NaN, NaN, NaN]);
    expectClose(y.slice(3), reference.softmax([1, 2, 3]), 1e-6);
  });

  function crossEntropy(logits: Float32Array, targets: Float32Array, classes: number, gradientScale: number) {
    kernels.clear();
    const rows = logits.length / classes;
    const [z, t, p] = [kernels.put(logits), kernels.put(targets), kernels.reserve(logits.byteLength)];
    const [dz, losses] = [kernels.reserve(logits.byteLength), kernels.reserve(rows * 4)];
    const outputs = [
      { offset: p, length: logits.length },
      { offset: losses, length: rows },
      { offset: dz, length: logits.length },
    ];
    const args = [z, t, p, dz, losses, classes, gradientScale];
    const result = launchAndSplit(kernels, 'softmaxCrossEntropy', args, rows, outputs, random);
    const evaluation = [z, t, p, 0, losses, classes, gradientScale];
    const evaluated = launchAndSplit(
      kernels,
      'softmaxCrossEntropy',
      evaluation,
      rows,
      outputs.slice(0, 2),
      random,
    );
    const [probabilities, loss, dLogits] = result.map((values) => [...values]);
    expect(evaluated.map((values) => [...values])).toEqual([probabilities, loss]);
    return { probabilities: probabilities ?? [], losses: loss ?? [], dLogits: dLogits ?? [] };
  }

  it.each([
    { classes: 7, kind: 'one-hot' },
    { classes: 7, kind: 'soft' },
    { classes: 7, kind: 'weighted' },
    { classes: 7, kind: 'no' },
    { classes: 3, kind: 'soft' },
    { classes: 12, kind: 'one-hot' },
  ])('cross-entropy of $classes classes, $kind targets', ({ classes, kind }) => {
    const rows = 9;
    const logits = randomValues(rows * classes, random).map((value) => value * 6);
    const targets = Float32Array.from({ length: rows * classes }, (_, i) => {
      const row = Math.floor(i / classes);
      if (kind === 'no') return 0;
      if (kind === 'one-hot') return i % classes === row % classes ? 1 : 0;
      return kind === 'soft' ? 1 / classes : random(); // weighted: need not sum to 1
    });
    const actual = crossEntropy(logits, targets, classes, 0.25);
    const rowTargets = rowsOf(targets, classes);
    const rowLogits = rowsOf(logits, classes);
    const targetOf = (row: number) => rowTargets[row] ?? [];
    expectClose(
      actual.probabilities,
      rowLogits.flatMap((row) => [...reference.softmax(row)]),
      1e-6,
    );
    const losses = rowLogits.map((row, i) => reference.crossEntropy(row, targetOf(i)));
    expectClose(actual.losses, losses, 1e-6);
    const gradients = rowLogits.flatMap((row, i) => {
      return [...finiteDifferences((values) => 0.25 * reference.crossEntropy(values, targetOf(i)), row)];
    });
    expectClose(actual.dLogits, gradients, 1e-6);
  });

  it('the loss stays finite when the probability underflows, and propagates NaN', () => {
    const oneHot = Float32Array.of(1, 0, 0);
    const far = crossEntropy(Float32Array.of(-1e4, 1e4, 0), oneHot, 3, 1);
    expect(far.losses).toEqual([2e4]);
    expect(far.dLogits).toEqual([-1, 1, 0]);
    const never = crossEntropy(Float32Array.of(2, -Infinity, 2), oneHot, 3, 1);
    expectClose(never.losses, [Math.LN2], 1e-6);
    const broken = crossEntropy(Float32Array.of(2, NaN, 2), oneHot, 3, 1);
    expect(broken.losses).toEqual([NaN]);
  });
});
