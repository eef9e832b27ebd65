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
import * as reference from './reference/convolution.js';
import { store } from './reference/gemm.js';
import { packPanels } from './reference/panels.js';

const TOLERANCE = 1e-5;
/** Sums over up to a thousand positions. */
const GRADIENT_TOLERANCE = 1e-4;

/** More pixels than a block of a weight gradient, so that tiles accumulate over blocks; pixels near and far apart. */
const LARGE: readonly reference.ConvolutionShape[] = [
  { images: 2, hIn: 24, wIn: 24, cIn: 8, hOut: 22, wOut: 22, cOut: 16, kh: 3, kw: 3, stride: 1 },
  { images: 3, hIn: 9, wIn: 9, cIn: 128, hOut: 7, wOut: 7, cOut: 12, kh: 3, kw: 3, stride: 1 },
  { images: 1, hIn: 3, wIn: 150, cIn: 4, hOut: 3, wOut: 150, cOut: 130, kh: 1, kw: 1, stride: 1 },
];

/** Distances between pixels that have specialised code; rows that end within a tile and with one. */
const PIXEL_STEPS: readonly reference.ConvolutionShape[] = [8, 16, 32, 64].flatMap((cIn) =>
  [1, 2].flatMap((stride) =>
    [5, 8].map((wOut) => ({
      ...{ images: 2, hIn: 2 * stride + 3, wIn: (wOut - 1) * stride + 3, cIn, hOut: 3, wOut, cOut: 17 },
      ...{ kh: 3, kw: 3, stride },
    })),
  ),
);

/** Every kernel size × stride, with channels and widths that are not multiples of the tile, for one to three images. */
const SHAPES = [1, 3, 5].flatMap((k) =>
  [1, 2].flatMap((stride) =>
    [1, 2, 3, 6, 11].flatMap((wOut, i) => {
      return [1, 3, 7, 8, 12, 17].map((cOut, j): reference.ConvolutionShape => {
        const cIn = [1, 3, 8, 4, 2][(i + j) % 5] ?? 1;
        const hOut = 1 + ((i + j) % 4);
        // One more input than needed: a stride of 2 skips the last row and column.
        const [hIn, wIn] = [(hOut - 1) * stride + k + 1, (wOut - 1) * stride + k + 1];
        const exact = j % 2 === 0 ? 1 : 0;
        return {
          images: 1 + (j % 3),
          hIn: hIn - exact,
          wIn: wIn - exact,
          cIn,
          hOut,
          wOut,
          cOut,
          kh: k,
          kw: k,
          stride,
        };
      });
    }),
  ),
);

const sizes = ({ hIn, wIn, cIn, hOut, wOut, cOut, kh, kw, stride }: reference.ConvolutionShape) =>
  [hIn, wIn, cIn, hOut, wOut, cOut, kh, kw, stride] as const;

describe.each(KERNEL_BUILDS)('convolution, %s build', (build) => {
  const kernels = new KernelInstance(build);

  it('agrees with the reference for all shapes, bit for bit the same in any split', () => {
    const random = createRandom(1);
    for (const shape of [...SHAPES, ...PIXEL_STEPS]) {
      const { images, hIn, wIn, cIn, hOut, wOut, cOut, kh, kw } = shape;
      for (const flags of [0, 1, 2]) {
        kernels.clear();
        const x = randomValues(images * hIn * wIn * cIn, random);
        const w = randomValues(kh * kw * cIn * cOut, random);
        const bias = hOut % 2 ? randomValues(cOut, random) : null;
        const count = images * hOut * wOut * cOut;
        const before = flags & 2 ? randomValues(count, random) : undefined;
        const y = kernels.reserve(count * 4);
        const panels = kernels.put(packPanels(w, bias, kh * kw * cIn, cOut));
        const args = [kernels.put(x), panels, y, ...sizes(shape), flags];

        kernels.reset(y, count, before);
        kernels.launch('conv2d', args, 0, images * hOut);
        const whole = kernels.f32(y, count);
        const sums = reference.conv2d(x, w, bias, shape);
        expectClose(whole, store(sums, { relu: (flags & 1) !== 0, before: before ?? null }), TOLERANCE);

        kernels.reset(y, count, before);
        kernels.launchSplit('conv2d', args, images * hOut, randomCuts(images * hOut, 3, random));
        expectIdentical(kernels.f32(y, count), whole);
        kernels.expectGuardsIntact();
      }
    }
  });

  it('weight gradients agree with the reference, including chunks that end inside an image', () => {
    const random = createRandom(2);
    for (const shape of [...SHAPES, ...LARGE]) {
      const { images, hIn, wIn, cIn, hOut, wOut, cOut, kh, kw } = shape;
      const rows = images * hOut;
      for (const rowsPerChunk of [3, rows]) {
        kernels.clear();
        const x = randomValues(images * hIn * wIn * cIn, random);
        const dy = randomValues(rows * wOut * cOut, random);
        const [chunks, count] = [Math.ceil(rows / rowsPerChunk), kh * kw * cIn * cOut];
        const partial = kernels.reserve(chunks * count * 4);
        const scratch = kernels.reserve(chunks * 128 * (4 + 8 * Math.ceil(cOut / 8)) * 4);
        const args = [kernels.put(x), kernels.put(dy), partial, scratch, ...sizes(shape), rows, rowsPerChunk];
        kernels.launch('conv2dBackwardWeights', args, 0, chunks);
        const whole = kernels.f32(partial, chunks * count);
        for (let chunk = 0; chunk < chunks; chunk++) {
          const last = Math.min((chunk + 1) * rowsPerChunk, rows);
          const expected = reference.conv2dBackwardWeights(x, dy, shape, chunk * rowsPerChunk, last);
          expectClose(whole.subarray(chunk * count, (chunk + 1) * count), expected, GRADIENT_TOLERANCE);
        }
        kernels.reset(partial, chunks * count);
        kernels.launchSplit('conv2dBackwardWeights', args, chunks, randomCuts(chunks, 2, random));
        expectIdentical(kernels.f32(partial, chunks * count), whole);
        kernels.expectGuardsIntact();
      }
    }
  });

  it.each([
    [0, 0, 0],
    [1, 1, 1],
    [2, 1, 0],
    [0, 3, 2],
    [-1, -2, 0],
    [1, -4, 3],
    [-3, 6, -4],
  ])('pads by %i above, %i to the left, %i below and to the right, in any split', (padTop, padLeft, behind) => {
    const random = createRandom(3);
    for (const c of [1, 3, 8]) {
      kernels.clear();
      const [images, h, w] = [2, 3, 5];
      const [hOut, wOut] = [Math.max(1, padTop + h + behind), Math.max(1, padLeft + w + behind)];
      const x = randomValues(images * h * w * c, random);
      const y = kernels.reserve(images * hOut * wOut * c * 4);
      const args = [kernels.put(x), y, h, w, c, hOut, wOut, padTop, padLeft];
      kernels.launchSplit('pad2d', args, images * hOut, randomCuts(images * hOut, 2, random));
      const expected = reference.pad2d(x, { images, h, w, c, hOut, wOut, padTop, padLeft });
      expect(kernels.f32(y, images * hOut * wOut * c)).toEqual(expected);
      kernels.expectGuardsIntact();
    }
  });

  it.each([0, 2])('dilates into existing pixels with flags %i, in any split', (flags) => {
    const random = createRandom(4);
    for (const c of [1, 3, 8]) {
      kernels.clear();
      const [images, h, w, hOut, wOut, top, left, step] = [2, 2, 3, 7, 8, 1, 2, 2];
      const x = randomValues(images * h * w * c, random);
      const before = randomValues(images * hOut * wOut * c, random);
      const y = kernels.put(before);
      const args = [kernels.put(x), y, h, w, c, hOut, wOut, top, left, step, flags];
      kernels.launchSplit('dilate2d', args, images * h, randomCuts(images * h, 2, random));
      const expected = before.slice();
      x.forEach((value, index) => {
        const [pixel, channel] = [Math.floor(index / c), index % c];
        const [row, column] = [Math.floor(pixel / w), pixel % w];
        const image = Math.floor(row / h);
        const pixelAt = (image * hOut + top + (row % h) * step) * wOut + left + column * step;
        const at = pixelAt * c + channel;
        expected[at] = Math.fround(value + (flags === 2 ? (before[at] ?? NaN) : 0));
      });
      expect(kernels.f32(y, expected.length)).toEqual(expected);
      kernels.expectGuardsIntact();
    }
  });

  it('computes the data gradient as a convolution of the padded gradient with the rotated kernel', () => {
    const random = createRandom(6);
    for (const shape of SHAPES.filter(({ stride }) => stride === 1)) {
      const { images, hIn, wIn, cIn, hOut, wOut, cOut, kh, kw } = shape;
      kernels.clear();
      const dy = randomValues(images * hOut * wOut * cOut, random);
      const w = randomValues(kh * kw * cIn * cOut, random);
      const [hPadded, wPadded] = [hIn + kh - 1, wIn + kw - 1];
      const padded = kernels.reserve(images * hPadded * wPadded * cOut * 4);
      const panels = kernels.reserve(Math.ceil(cIn / 8) * (kh * kw * cOut + 1) * 8 * 4);
      const dx = kernels.reserve(images * hIn * wIn * cIn * 4);
      const padding = [hOut, wOut, cOut, hPadded, wPadded, kh - 1, kw - 1];
      kernels.launch('pad2d', [kernels.put(dy), padded, ...padding], 0, images * hPadded);
      const taps = [0, kh, 0, kw, 1];
      kernels.launch(
        'packRotatedPanels',
        [kernels.put(w), panels, kw, cIn, cOut, ...taps],
        0,
        Math.ceil(cIn / 8),
      );
      const gradient = [padded, panels, dx, hPadded, wPadded, cOut, hIn, wIn, cIn, kh, kw, 1, 0];
      kernels.launch('conv2d', gradient, 0, images * hIn);
      const expected = reference.conv2dBackwardInput(dy, w, shape);
      expectClose(kernels.f32(dx, expected.length), expected, TOLERANCE);
      kernels.expectGuardsIntact();
    }
  });
});
