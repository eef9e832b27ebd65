import { describe, expect, it } from 'vitest';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/activation.js';

describe.each(KERNEL_BUILDS)('activation kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(21);

  describe.each(['sigmoid', 'tanh', 'hardSigmoid', 'hardSwish', 'elu', 'gelu'] as const)('%s', (name) => {
    const apply = (x: Float32Array): Float32Array => {
      kernels.clear();
      const [px, py] = [kernels.put(x), kernels.reserve(x.byteLength)];
      const [y = new Float32Array()] = launchAndSplit(
        kernels,
        name,
        [px, py],
        x.length,
        [{ offset: py, length: x.length }],
        random,
      );
      kernels.launch(name, [px, px], 0, x.length);
      expect(kernels.f32(px, x.length)).toEqual(y);
      return y;
    };

    it.each([1, 3, 4, 61])('%i elements', (count) => {
      const x = randomValues(count, random).map((value) => 8 * value);
      expectClose(apply(x), Array.from(x, reference.ACTIVATIONS[name]), 3e-7);
    });

    it('handles extremes and propagates NaN', () => {
      const x = Float32Array.of(-1e30, 1e30, -200, 200, -0, 0, 1e-20, Infinity);
      const expected = Array.from(x, reference.ACTIVATIONS[name]);
      for (const [i, value] of apply(x).entries()) {
        if (Number.isFinite(expected[i])) expect(value).toBeCloseTo(expected[i] ?? NaN, 6);
        else expect(value).toBe(expected[i]);
      }
      expect(apply(Float32Array.of(NaN))[0]).toBeNaN();
    });
  });

  it.each([
    [0, 6],
    [-Infinity, 0.25],
    [-0.5, Infinity],
  ])('clip to %d … %d', (low, high) => {
    kernels.clear();
    const x = randomValues(61, random).map((value) => 10 * value);
    const [px, py] = [kernels.put(x), kernels.reserve(x.byteLength)];
    const outputs = [{ offset: py, length: x.length }];
    const [y = []] = launchAndSplit(kernels, 'clip', [px, py, low, high], x.length, outputs, random);
    expectClose(y, reference.clip(x, low, high), 0);
  });

  it.each([1, 3, 4, 7, 16])('prelu, %i channels', (c) => {
    kernels.clear();
    const [x, alpha] = [randomValues(9 * c, random), randomValues(c, random)];
    const [px, pa, py] = [kernels.put(x), kernels.put(alpha), kernels.reserve(x.byteLength)];
    const outputs = [{ offset: py, length: x.length }];
    const [y = []] = launchAndSplit(kernels, 'prelu', [px, pa, py, c], 9, outputs, random);
    expectClose(y, reference.prelu(x, alpha), 1e-7);
  });
});
