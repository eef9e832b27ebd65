import { describe, it } from 'vitest';
import { toConv2dGeometry } from '../../core/src/nn/emit-conv2d.js';
import { toWinogradMatrices } from '../../core/src/nn/winograd.js';
import {
  createRandom,
  expectClose,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomCuts,
  randomValues,
} from './kernel-instance.js';
import * as reference from './reference/convolution.js';
import { store } from './reference/gemm.js';
import { packPanels } from './reference/panels.js';

/** The transformations cost some of the last bits of sums of up to 153 products. */
const TOLERANCE = 2e-5;

/** Rows and widths that end inside a quad and with one, channels that divide by no vector, blocks that end inside a picture. */
const SHAPES = [1, 2, 3, 4, 7, 8].flatMap((wOut, i) =>
  [4, 5, 8, 17].flatMap((cIn, j) =>
    [1, 7, 8, 17].map((cOut, k) => {
      const hOut = 1 + ((i + j + 2 * k) % 7);
      return { images: 1 + ((i + k) % 3), hOut, wOut, cIn, cOut, rows: 1 + ((i + j + k) % hOut) };
    }),
  ),
);

describe.each(KERNEL_BUILDS)('convolution with half the products, %s build', (build) => {
  const kernels = new KernelInstance(build);

  it.each([
    { kernel: 3, stride: 1 as const, inputs: (cIn: number) => cIn },
    { kernel: 5, stride: 2 as const, inputs: (cIn: number) => 2 + (cIn % 3) },
  ])(
    'of $kernel×$kernel with stride $stride is that of the reference, whatever the split',
    ({ kernel, stride, inputs }) => {
      const random = createRandom(3);
      for (const { images, hOut, wOut, cIn, cOut, rows } of SHAPES) {
        const channels = inputs(cIn);
        const hIn = (hOut - 1) * stride + kernel;
        // For the kernel, the columns of a stride are one pixel of more channels.
        const pixels = wOut + 2;
        const wIn = pixels * stride;
        const shape = { images, hIn, wIn, cIn: channels, hOut, wOut, cOut, kh: kernel, kw: kernel, stride };
        for (const flags of [0, 1, 2]) {
          kernels.clear();
          const x = randomValues(images * hIn * wIn * channels, random);
          const w = randomValues(kernel * kernel * channels * cOut, random);
          const bias = hOut % 2 ? randomValues(cOut, random) : null;
          const count = images * hOut * wOut * cOut;
          const before = flags & 2 ? randomValues(count, random) : undefined;
          const y = kernels.reserve(count * 4);
          const geometry = toConv2dGeometry(images, [hIn, wIn, channels], {
            ...{ kernelSize: [kernel, kernel], strides: stride, padding: 'valid', filters: cOut },
          });
          const panels = toWinogradMatrices(w, bias ?? undefined, geometry, stride).map((matrix) =>
            packPanels(matrix.values, matrix.bias ?? null, matrix.rows, matrix.columns),
          );
          const all = new Float32Array(panels.flatMap((values) => [...values]));
          const seen = stride * (rows - 1) + kernel;
          const workBytes = 24 * Math.ceil(wOut / 4) * (seen * channels * stride + rows * cOut);
          const args = [
            ...[kernels.put(x), kernels.put(all), y, kernels.reserve(images * workBytes)],
            ...[hIn, pixels, channels * stride, hOut, cOut, kernel, stride, rows, flags],
          ];

          kernels.reset(y, count, before);
          kernels.launch('conv2dWinograd', args, 0, images);
          const whole = kernels.f32(y, count);
          const sums = reference.conv2d(x, w, bias, shape);
          expectClose(whole, store(sums, { relu: (flags & 1) !== 0, before: before ?? null }), TOLERANCE);

          kernels.reset(y, count, before);
          kernels.launchSplit('conv2dWinograd', args, images, randomCuts(images, 2, random));
          expectIdentical(kernels.f32(y, count), whole);
          kernels.expectGuardsIntact();
        }
      }
    },
  );
});
