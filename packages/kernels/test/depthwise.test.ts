import { describe, it } from 'vitest';
import {
  createRandom,
  expectClose,
  expectIdentical,
  KERNEL_BUILDS,
  KernelInstance,
  randomCuts,
  randomValues,
} from './kernel-instance.js';
import * as reference from './reference/depthwise.js';
import { store } from './reference/gemm.js';

const TOLERANCE = 1e-5;

/** Padding 'same' as in Keras: the minimum that covers the picture, with the odd pixel below and to the right. */
function samePadding(size: number, k: number, stride: number) {
  const out = Math.ceil(size / stride);
  return { out, pad: Math.floor(Math.max((out - 1) * stride + k - size, 0) / 2) };
}

const SHAPES = [1, 3, 5].flatMap((k) =>
  [1, 2].flatMap((stride) =>
    [1, 2, 3, 6, 11].flatMap((wIn, i) =>
      [1, 3, 4, 7, 8, 12, 17].flatMap((c, j): reference.DepthwiseShape[] => {
        const hIn = [1, 2, 3, 5][(i + j) % 4] ?? 1;
        const base = { images: 1 + (j % 3), hIn, wIn, c, kh: k, kw: k, stride };
        const [rows, columns] = [samePadding(hIn, k, stride), samePadding(wIn, k, stride)];
        const same = { ...base, hOut: rows.out, wOut: columns.out, padTop: rows.pad, padLeft: columns.pad };
        if (hIn < k || wIn < k) return [same];
        const [hOut, wOut] = [Math.floor((hIn - k) / stride) + 1, Math.floor((wIn - k) / stride) + 1];
        return [same, { ...base, hOut, wOut, padTop: 0, padLeft: 0 }];
      }),
    ),
  ),
);

const sizes = ({ hIn, wIn, c, hOut, wOut, kh, kw, stride, padTop, padLeft }: reference.DepthwiseShape) =>
  [hIn, wIn, c, hOut, wOut, kh, kw, stride, padTop, padLeft] as const;

describe.each(KERNEL_BUILDS)('depthwise convolution, %s build', (build) => {
  const kernels = new KernelInstance(build);

  it('agrees with the reference for all shapes, bit for bit the same in any split', () => {
    const random = createRandom(1);
    for (const shape of SHAPES) {
      const { images, hIn, wIn, c, hOut, wOut, kh, kw } = shape;
      for (const flags of [0, 1, 2]) {
        kernels.clear();
        const x = randomValues(images * hIn * wIn * c, random);
        const w = randomValues(kh * kw * c, random);
        const bias = hOut % 2 ? randomValues(c, random) : null;
        const [items, count] = [images * hOut, images * hOut * wOut * c];
        const before = flags & 2 ? randomValues(count, random) : undefined;
        const y = kernels.reserve(count * 4);
        const pointers = [kernels.put(x), kernels.put(w), bias ? kernels.put(bias) : 0, y];
        const args = [...pointers, ...sizes(shape), flags];

        kernels.reset(y, count, before);
        kernels.launch('depthwiseConv2d', args, 0, items);
        const whole = kernels.f32(y, count);
        const sums = reference.depthwiseConv2d(x, w, bias, shape);
        expectClose(whole, store(sums, { relu: (flags & 1) !== 0, before: before ?? null }), TOLERANCE);

        kernels.reset(y, count, before);
        kernels.launchSplit('depthwiseConv2d', args, items, randomCuts(items, 2, random));
        expectIdentical(kernels.f32(y, count), whole);
        kernels.expectGuardsIntact();
      }
    }
  });

  it('data gradients agree with the reference, overwriting or accumulating, in any split', () => {
    const random = createRandom(2);
    for (const shape of SHAPES) {
      const { images, hIn, wIn, c, hOut, wOut, kh, kw } = shape;
      for (const flags of [0, 2]) {
        kernels.clear();
        const dy = randomValues(images * hOut * wOut * c, random);
        const w = randomValues(kh * kw * c, random);
        const [items, count] = [images * hIn, images * hIn * wIn * c];
        const before = flags & 2 ? randomValues(count, random) : undefined;
        const dx = kernels.reserve(count * 4);
        const args = [kernels.put(dy), kernels.put(w), dx, ...sizes(shape), flags];

        kernels.reset(dx, count, before);
        kernels.launch('depthwiseConv2dBackwardInput', args, 0, items);
        const whole = kernels.f32(dx, count);
        const sums = reference.depthwiseConv2dBackwardInput(dy, w, shape);
        expectClose(whole, store(sums, { relu: false, before: before ?? null }), TOLERANCE);

        kernels.reset(dx, count, before);
        kernels.launchSplit('depthwiseConv2dBackwardInput', args, items, randomCuts(items, 2, random));
        expectIdentical(kernels.f32(dx, count), whole);
        kernels.expectGuardsIntact();
      }
    }
  });

  it('weight gradients agree with the reference, including chunks that end inside an image', () => {
    const random = createRandom(3);
    for (const shape of SHAPES) {
      const { images, hIn, wIn, c, hOut, wOut, kh, kw } = shape;
      const rows = images * hOut;
      for (const rowsPerChunk of [2, rows]) {
        kernels.clear();
        const x = randomValues(images * hIn * wIn * c, random);
        const dy = randomValues(rows * wOut * c, random);
        const [chunks, count] = [Math.ceil(rows / rowsPerChunk), kh * kw * c];
        const partial = kernels.reserve(chunks * count * 4);
        const args = [kernels.put(x), kernels.put(dy), partial, ...sizes(shape), rows, rowsPerChunk];
        kernels.launch('depthwiseConv2dBackwardWeights', args, 0, chunks);
        const whole = kernels.f32(partial, chunks * count);
        for (let chunk = 0; chunk < chunks; chunk++) {
          const last = Math.min((chunk + 1) * rowsPerChunk, rows);
          const expected = reference.depthwiseConv2dBackwardWeights(x, dy, shape, chunk * rowsPerChunk, last);
          expectClose(whole.subarray(chunk * count, (chunk + 1) * count), expected, TOLERANCE);
        }
        kernels.reset(partial, chunks * count);
        kernels.launchSplit('depthwiseConv2dBackwardWeights', args, chunks, randomCuts(chunks, 1, random));
        expectIdentical(kernels.f32(partial, chunks * count), whole);
        kernels.expectGuardsIntact();
      }
    }
  });
});
