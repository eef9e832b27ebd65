import { describe, it } from 'vitest';
import { dot, finiteDifferences } from './finite-differences.js';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance, randomValues } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import { averagePool2d, samePoolShape, type PoolShape } from './reference/pooling.js';
import * as reference from './reference/rearrange.js';

describe.each(KERNEL_BUILDS)('gradients of rearranging kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(51);

  it.each([1, 3, 4, 61])('multiplyAccumulate, %i elements', (count) => {
    kernels.clear();
    const [a, b, y] = [randomValues(count, random), randomValues(count, random), randomValues(count, random)];
    const [pa, pb, py] = [kernels.put(a), kernels.put(b), kernels.put(y)];
    const outputs = [{ offset: py, length: count, initial: y }];
    const [sum = []] = launchAndSplit(kernels, 'multiplyAccumulate', [pa, pb, py], count, outputs, random);
    expectClose(sum, Array.from(y, (value, i) => value + (a[i] ?? NaN) * (b[i] ?? NaN)), 1e-6); // prettier-ignore
  });

  it.each([
    [1, 1],
    [6, 3],
    [5, 4],
    [9, 20],
  ])('multiplyChannelsBackward, %i pixels of %i channels', (pixels, c) => {
    kernels.clear();
    const images = 3;
    const [x, dy] = [randomValues(images * pixels * c, random), randomValues(images * pixels * c, random)];
    const factors = randomValues(images * c, random);
    const [px, pdy, pdf] = [kernels.put(x), kernels.put(dy), kernels.reserve(factors.byteLength)];
    const outputs = [{ offset: pdf, length: factors.length }];
    const args = [px, pdy, pdf, pixels, c];
    const [df = []] = launchAndSplit(kernels, 'multiplyChannelsBackward', args, images, outputs, random);
    const loss = (values: Float64Array) => dot(reference.multiplyChannels(x, values, pixels, c), dy);
    expectClose(df, finiteDifferences(loss, factors), 1e-5);
  });

  it.each([
    { n: 2, h: 3, w: 4, c: 3, hOut: 6, wOut: 5, cOut: 3, padTop: 1, padLeft: 1 },
    { n: 2, h: 3, w: 4, c: 4, hOut: 3, wOut: 4, cOut: 7, padTop: 0, padLeft: 0 },
    { n: 1, h: 2, w: 2, c: 5, hOut: 4, wOut: 6, cOut: 8, padTop: 2, padLeft: 3 },
  ])(
    'zeroPad2dBackward of $h×$w×$c in $hOut×$wOut×$cOut',
    ({ n, h, w, c, hOut, wOut, cOut, padTop, padLeft }) => {
      kernels.clear();
      const dy = randomValues(n * hOut * wOut * cOut, random);
      const [pdy, pdx] = [kernels.put(dy), kernels.reserve(n * h * w * c * 4)];
      const outputs = [{ offset: pdx, length: n * h * w * c }];
      const args = [pdy, pdx, h, w, c, hOut, wOut, cOut, padTop, padLeft];
      const [dx = []] = launchAndSplit(kernels, 'zeroPad2dBackward', args, n * h, outputs, random);
      const expected = Array.from({ length: n * h * w * c }, (_, i) => {
        const [channel, column] = [i % c, Math.floor(i / c) % w];
        const [row, image] = [Math.floor(i / (c * w)) % h, Math.floor(i / (c * w * h))];
        return dy[((image * hOut + row + padTop) * wOut + column + padLeft) * cOut + channel] ?? NaN;
      });
      expectClose(dx, expected, 0);
    },
  );

  describe.each([
    { n: 2, h: 3, w: 4, c: 4, hOut: 6, wOut: 8 },
    { n: 1, h: 5, w: 5, c: 3, hOut: 10, wOut: 15 },
    { n: 2, h: 8, w: 6, c: 5, hOut: 3, wOut: 4 },
    { n: 1, h: 1, w: 1, c: 4, hOut: 3, wOut: 2 },
    { n: 1, h: 7, w: 9, c: 1, hOut: 11, wOut: 4 },
    { n: 1, h: 9, w: 2, c: 2, hOut: 1, wOut: 31 },
    { n: 1, h: 6, w: 6, c: 1, hOut: 6, wOut: 6 },
  ])('$h×$w to $hOut×$wOut, $c channels', (shape) => {
    const { n, h, w, c, hOut, wOut } = shape;
    it.each(['resizeNearest2d', 'resizeBilinear2d'] as const)('%sBackward', (kernel) => {
      kernels.clear();
      const x = randomValues(n * h * w * c, random);
      const dy = randomValues(n * hOut * wOut * c, random);
      const [pdy, pdx] = [kernels.put(dy), kernels.reserve(x.byteLength)];
      const outputs = [{ offset: pdx, length: x.length }];
      const args = [pdy, pdx, h, w, c, hOut, wOut];
      const [dx = []] = launchAndSplit(kernels, `${kernel}Backward`, args, n * h, outputs, random);
      expectClose(
        dx,
        finiteDifferences((values) => dot(reference[kernel](values, shape), dy), x),
        1e-5,
      );
    });
  });

  const shapes: readonly PoolShape[] = [
    samePoolShape(2, 7, 6, 3, 3, 2),
    samePoolShape(1, 5, 4, 4, 3, 1),
    { n: 2, h: 6, w: 7, c: 5, hOut: 3, wOut: 3, kh: 2, kw: 2, stride: 2, padTop: 0, padLeft: 0 },
    { n: 1, h: 7, w: 8, c: 1, hOut: 2, wOut: 3, kh: 2, kw: 2, stride: 3, padTop: 0, padLeft: 0 },
    { n: 1, h: 4, w: 4, c: 2, hOut: 3, wOut: 3, kh: 3, kw: 3, stride: 2, padTop: 2, padLeft: 1 },
  ];
  describe.each(shapes)('average of $kh×$kw windows on $h×$w, stride $stride, $c channels', (shape) => {
    it.each([false, true])('averagePool2dBackward, padding counts: %s', (includePadding) => {
      kernels.clear();
      const { n, h, w, c, hOut, wOut, kh, kw, stride, padTop, padLeft } = shape;
      const x = randomValues(n * h * w * c, random);
      const dy = randomValues(n * hOut * wOut * c, random);
      const [pdy, pdx] = [kernels.put(dy), kernels.reserve(x.byteLength)];
      const outputs = [{ offset: pdx, length: x.length }];
      const sizes = [h, w, c, hOut, wOut, kh, kw, stride, padTop, padLeft, includePadding ? 1 : 0];
      const args = [pdy, pdx, ...sizes];
      const [dx = []] = launchAndSplit(kernels, 'averagePool2dBackward', args, n * h, outputs, random);
      expectClose(dx, finiteDifferences((values) => dot(averagePool2d(values, shape, includePadding), dy), x), 1e-5); // prettier-ignore
    });
  });
});
