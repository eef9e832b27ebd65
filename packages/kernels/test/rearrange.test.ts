import { describe, it } from 'vitest';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/rearrange.js';

describe.each(KERNEL_BUILDS)('rearranging kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(22);

  it.each([
    // [block, x start, x stride, y start, y stride]
    [1, 0, 1, 3, 5],
    [4, 4, 12, 0, 4],
    [7, 2, 9, 1, 11],
    [16, 0, 16, 16, 48],
  ])('copyBlocks of %i', (block, xStart, xStride, yStart, yStride) => {
    kernels.clear();
    const blocks = 13;
    const x = randomValues(xStart + blocks * xStride, random);
    const initial = randomValues(yStart + blocks * yStride, random);
    const [px, py] = [kernels.put(x), kernels.reserve(initial.byteLength)];
    const outputs = [{ offset: py, length: initial.length, initial }];
    const args = [px, xStart, xStride, py, yStart, yStride, block];
    const [y = []] = launchAndSplit(kernels, 'copyBlocks', args, blocks, outputs, random);
    expectClose(y, reference.copyBlocks(x, xStart, xStride, initial, yStart, yStride, block, blocks), 0);
  });

  it.each([
    [1, 2],
    [3, 8],
    [4, 4],
    [8, 13],
    [24, 28],
  ])('padChannels, %i to %i', (c, cOut) => {
    kernels.clear();
    const pixels = 11;
    const x = randomValues(pixels * c, random);
    const [px, py] = [kernels.put(x), kernels.reserve(pixels * cOut * 4)];
    const outputs = [{ offset: py, length: pixels * cOut }];
    const [y = []] = launchAndSplit(kernels, 'padChannels', [px, py, c, cOut], pixels, outputs, random);
    expectClose(y, reference.copyBlocks(x, 0, c, new Float32Array(pixels * cOut), 0, cOut, c, pixels), 0);
  });

  it.each([
    { n: 2, h: 6, w: 8, c: 8, stride: 2 },
    { n: 1, h: 11, w: 5, c: 3, stride: 2 },
    { n: 3, h: 7, w: 4, c: 5, stride: 3 },
    { n: 1, h: 1, w: 1, c: 4, stride: 2 },
  ])('subsample2d, every $stride-th of $h×$w, $c channels', ({ n, h, w, c, stride }) => {
    kernels.clear();
    const [hOut, wOut] = [Math.ceil(h / stride), Math.ceil(w / stride)];
    const x = randomValues(n * h * w * c, random);
    const length = n * hOut * wOut * c;
    const [px, py] = [kernels.put(x), kernels.reserve(length * 4)];
    const args = [px, py, h, w, c, hOut, wOut, stride];
    const [y = []] = launchAndSplit(kernels, 'subsample2d', args, n * hOut, [{ offset: py, length }], random);
    const expected = Array.from({ length }, (_, i) => {
      const pixel = Math.floor(i / c);
      const [image, row, column] = [
        Math.floor(pixel / wOut / hOut),
        Math.floor(pixel / wOut) % hOut,
        pixel % wOut,
      ];
      return x[((image * h + row * stride) * w + column * stride) * c + (i % c)] ?? Number.NaN;
    });
    expectClose(y, expected, 0);
  });

  it.each([1, 4, 61])('multiply, %i elements', (count) => {
    kernels.clear();
    const [a, b] = [randomValues(count, random), randomValues(count, random)];
    const [pa, pb, py] = [kernels.put(a), kernels.put(b), kernels.reserve(a.byteLength)];
    const outputs = [{ offset: py, length: count }];
    const [y = []] = launchAndSplit(kernels, 'multiply', [pa, pb, py], count, outputs, random);
    expectClose(
      y,
      Array.from(a, (value, i) => value * (b[i] ?? NaN)),
      1e-7,
    );
  });

  it.each([1, 3, 4, 16, 20])('multiplyChannels, %i channels', (c) => {
    kernels.clear();
    const [images, pixels] = [3, 6];
    const [x, factors] = [randomValues(images * pixels * c, random), randomValues(images * c, random)];
    const [px, pf, py] = [kernels.put(x), kernels.put(factors), kernels.reserve(x.byteLength)];
    const outputs = [{ offset: py, length: x.length }];
    const args = [px, pf, py, pixels, c];
    const [y = []] = launchAndSplit(kernels, 'multiplyChannels', args, images * pixels, outputs, random);
    expectClose(y, reference.multiplyChannels(x, factors, pixels, c), 1e-7);
  });

  describe.each([
    { n: 2, h: 3, w: 4, c: 8, hOut: 6, wOut: 8 },
    { n: 1, h: 5, w: 5, c: 3, hOut: 10, wOut: 15 },
    { n: 2, h: 8, w: 6, c: 5, hOut: 3, wOut: 4 },
    { n: 1, h: 1, w: 1, c: 4, hOut: 3, wOut: 2 },
    { n: 1, h: 7, w: 9, c: 1, hOut: 11, wOut: 4 },
  ])('$h×$w to $hOut×$wOut, $c channels', (shape) => {
    const { n, h, w, c, hOut, wOut } = shape;
    it.each(['resizeNearest2d', 'resizeBilinear2d'] as const)('%s', (kernel) => {
      kernels.clear();
      const x = randomValues(n * h * w * c, random);
      const length = n * hOut * wOut * c;
      const [px, py] = [kernels.put(x), kernels.reserve(length * 4)];
      const outputs = [{ offset: py, length }];
      const [y = []] = launchAndSplit(
        kernels,
        kernel,
        [px, py, h, w, c, hOut, wOut],
        n * hOut,
        outputs,
        random,
      );
      expectClose(y, reference[kernel](x, shape), kernel === 'resizeNearest2d' ? 0 : 2e-6);
    });
  });
});
