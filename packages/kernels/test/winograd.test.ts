import { describe, it } from 'vitest';
import { BLOCK_PIXELS } from '../../core/src/backend/generated/kernel-signatures.js';
import {
  createRandom,
  expectClose,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomCuts,
  randomValues,
} from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/convolution.js';
import { store } from './reference/gemm.js';
import { rotateKernel } from './reference/panels.js';
import { packWinogradPanels } from './reference/winograd.js';

/** The transforms lose some of the last bits of sums of up to 153 products. */
const TOLERANCE = 2e-5;

/** Widths that end within a tile and with one, channels that fill no vector, blocks that end inside a picture. */
const SHAPES = [1, 2, 3, 4, 7, 8].flatMap((wOut, i) =>
  [4, 5, 8, 17].flatMap((cIn, j) =>
    [1, 7, 8, 17].map((cOut, k) => {
      const hOut = 1 + ((i + j + 2 * k) % 7);
      return { images: 1 + ((i + k) % 3), hOut, wOut, cIn, cOut, rows: 1 + ((i + j + k) % hOut) };
    }),
  ),
);

/** Channels in and out that fill whole vectors, and that do not. */
const SIZES = [
  [4, 8],
  [7, 17],
  [16, 3],
] as const;

describe.each(KERNEL_BUILDS)('Winograd convolution, %s build', (build) => {
  const kernels = new KernelInstance(build);

  it.each([
    { kernel: 3, stride: 1 as const, inputs: (cIn: number) => cIn },
    { kernel: 5, stride: 2 as const, inputs: (cIn: number) => 2 + (cIn % 3) },
  ])(
    'agrees with the reference for $kernel×$kernel with stride $stride, in any split',
    ({ kernel, stride, inputs }) => {
      const random = createRandom(3);
      for (const { images, hOut, wOut, cIn, cOut, rows } of SHAPES) {
        const channels = inputs(cIn);
        const hIn = (hOut - 1) * stride + kernel;
        // To the kernel, the columns of a stride are one pixel with more channels.
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
          const panels = packWinogradPanels(w, bias, kernel, kernel * channels, stride * channels, cOut);
          const seen = stride * (rows - 1) + kernel;
          const scratchBytes = 24 * Math.ceil(wOut / 4) * (seen * channels * stride + rows * cOut);
          const args = [
            ...[kernels.put(x), kernels.put(panels), y, kernels.reserve(images * scratchBytes)],
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

  /** Packs `w` and compares with the expected panels; `shape` is height, row inputs, inputs, outputs. */
  function expectPacked(
    w: Float32Array,
    bias: Float32Array | null,
    shape: readonly [number, number, number, number],
    rotated: 0 | 1,
    expected: Float32Array,
  ): void {
    kernels.clear();
    const panels = kernels.reserve(expected.byteLength);
    const args = [kernels.put(w), bias === null ? 0 : kernels.put(bias), panels, ...shape, rotated];
    const output = [{ offset: panels, length: expected.length }];
    const items = Math.ceil(shape[3] / 8);
    const [values = w] = launchAndSplit(kernels, 'packWinogradPanels', args, items, output, createRandom(8));
    expectClose(values, expected, 1e-6);
  }

  it.each([
    { kernel: [3, 3], columns: 1 },
    { kernel: [1, 3], columns: 1 },
    { kernel: [5, 5], columns: 2 },
  ])(
    'packs transformed kernels of $kernel',
    ({ kernel: [height = 1, width = 1], columns }) => {
      const random = createRandom(5);
      for (const [channels, outputs] of SIZES) {
        const shape = [height, width * channels, columns * channels, outputs] as const;
        const w = randomValues(height * width * channels * outputs, random);
        const bias = channels % 2 ? randomValues(outputs, random) : null;
        expectPacked(w, bias, shape, 0, packWinogradPanels(w, bias, ...shape));
      }
    },
  );

  it('packs rotated kernels', () => {
    const random = createRandom(6);
    for (const [inputs, outputs] of SIZES) {
      const shape = [3, 3 * inputs, inputs, outputs] as const;
      const w = randomValues(9 * outputs * inputs, random);
      const rotated = rotateKernel(w, 9, outputs, inputs);
      expectPacked(w, null, shape, 1, packWinogradPanels(rotated, null, ...shape));
    }
  });

  it('computes the weight gradient for any chunks and blocks', () => {
    const random = createRandom(7);
    for (const { images, hOut, wOut, cIn, cOut, rows } of SHAPES) {
      kernels.clear();
      if (cOut < 4) continue;
      const [hIn, wIn] = [hOut + 2, wOut + 2];
      const shape = { images, hIn, wIn, cIn, hOut, wOut, cOut, kh: 3, kw: 3, stride: 1 };
      const x = randomValues(images * hIn * wIn * cIn, random);
      const dy = randomValues(images * hOut * wOut * cOut, random);
      const perChunk = 1 + (hOut % images);
      const chunks = Math.ceil(images / perChunk);
      const blockImages = rows < hOut ? 1 : 1 + (wOut % perChunk);
      const tiles = Math.ceil(wOut / 4);
      const valueFloats = 6 * blockImages * tiles * ((rows + 2) * cIn + rows * cOut);
      const scratch = kernels.reserve(
        chunks * 4 * (BLOCK_PIXELS * (4 + 8 * Math.ceil(cOut / 8)) + valueFloats),
      );
      const count = 6 * 3 * cIn * cOut;
      const partial = kernels.reserve(chunks * count * 4);
      const args = [
        ...[kernels.put(x), kernels.put(dy), partial, scratch, hOut, wOut, cIn, cOut, 3],
        ...[images, perChunk, blockImages, rows],
      ];
      const outputs = [{ offset: partial, length: chunks * count }];
      const [sums = x] = launchAndSplit(
        kernels,
        'conv2dWinogradBackwardWeights',
        args,
        chunks,
        outputs,
        random,
      );
      const all = Float32Array.from({ length: count }, (_, i) => {
        return Array.from({ length: chunks }, (_, chunk) => sums[chunk * count + i] ?? NaN).reduce(
          (a, b) => a + b,
        );
      });
      const dw = kernels.reserve(9 * cIn * cOut * 4);
      const gradient = [{ offset: dw, length: 9 * cIn * cOut }];
      const last = [kernels.put(all), dw, 3, cIn, cOut];
      const [weights = x] = launchAndSplit(kernels, 'winogradWeightsFromPoints', last, 3, gradient, random);
      expectClose(weights, reference.conv2dBackwardWeights(x, dy, shape, 0, images * hOut), 1e-4);
    }
  });
});
