import { describe, expect, it } from 'vitest';
import {
  createRandom,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomValues,
} from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';

describe.each(KERNEL_BUILDS)('dropout, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(41);

  function dropout(x: Float32Array, rate: number, keys: readonly [number, number]): Float32Array {
    kernels.clear();
    const [px, py] = [kernels.put(x), kernels.reserve(x.byteLength)];
    const args = [px, py, kernels.put(Int32Array.from(keys)), Math.floor(rate * 2 ** 32), 1 / (1 - rate)];
    const outputs = [{ offset: py, length: x.length }];
    const [y = new Float32Array()] = launchAndSplit(kernels, 'dropout', args, x.length, outputs, random);
    kernels.launch('dropout', [px, px, ...args.slice(2)], 0, x.length);
    expectIdentical(kernels.f32(px, x.length), y);
    return y;
  }

  it.each([1, 3, 4, 61])('scales or drops each element: %i elements', (count) => {
    const x = randomValues(count, random).map((value) => value + 2);
    dropout(x, 0.25, [1, 2]).forEach((value, i) => {
      if (value !== 0) expect(value).toBe(Math.fround((x[i] ?? NaN) * Math.fround(1 / 0.75)));
    });
  });

  it('keeps everything at rate 0', () => {
    const x = randomValues(1000, random);
    expectIdentical(dropout(x, 0, [7, 8]), x);
  });

  it.each([0.1, 0.5, 0.9])(
    'drops %d of the elements, independently for neighbours and for keys',
    (rate) => {
      const count = 40_000;
      const ones = new Float32Array(count).fill(1);
      const masks = [
        [0, 0],
        [0, 1],
        [1, 0],
        [-123_456_789, 987_654_321],
      ].map(([a = 0, b = 0]) => dropout(ones, rate, [a, b]).map((value) => (value === 0 ? 1 : 0)));
      const share = (of: (i: number) => number) => ones.reduce((sum, _, i) => sum + of(i), 0) / count;
      // Five standard deviations of a proportion p: 5·√(p(1 − p) / count).
      const slack = (p: number) => 5 * Math.sqrt((p * (1 - p)) / count);
      for (const mask of masks) {
        expect(Math.abs(share((i) => mask[i] ?? NaN) - rate)).toBeLessThan(slack(rate));
        for (const step of [1, 2, 4, 64]) {
          const both = share((i) => (mask[i] ?? NaN) * (mask[(i + step) % count] ?? NaN));
          expect(Math.abs(both - rate ** 2)).toBeLessThan(slack(rate ** 2));
        }
        for (const other of masks) {
          if (other === mask) continue;
          const both = share((i) => (mask[i] ?? NaN) * (other[i] ?? NaN));
          expect(Math.abs(both - rate ** 2)).toBeLessThan(slack(rate ** 2));
        }
      }
    },
  );
});
