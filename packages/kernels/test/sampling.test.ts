import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/sampling.js';
import type { Rectangle } from './reference/sampling.js';

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly picture: number[];
  readonly cases: { rectangle: Rectangle; size: [number, number]; exact: number[]; rounded: number[] }[];
}

const golden = JSON.parse(
  readFileSync(new URL('golden/crop-resize.json', import.meta.url), 'utf8'),
) as Golden;

const IDENTITY = [1, 0, 0, 0, 1, 0];

function randomPicture(length: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => random() * 256);
}

describe.each(KERNEL_BUILDS)('sampling kernels, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(7);

  it.each([1, 5, 8, 16, 29])('toFloat of %i bytes', (count) => {
    kernels.clear();
    const bytes = randomPicture(count, random);
    const [source, y] = [kernels.put(bytes), kernels.reserve(count * 4)];
    const outputs = [{ offset: y, length: count }];
    const args = [source, y, 2 / 255, -1];
    const [result] = launchAndSplit(kernels, 'toFloat', args, count, outputs, random);
    expectClose(
      result ?? [],
      Float64Array.from(bytes, (value) => (value / 255) * 2 - 1),
      1e-6,
    );
  });

  describe('warpAffine', () => {
    function warp(
      pictures: Uint8Array,
      matrices: number[][],
      [h, w]: readonly [number, number],
      [hOut, wOut]: readonly [number, number],
      [scale, offset]: readonly [number, number] = [1, 0],
    ): Float32Array {
      kernels.clear();
      const count = matrices.length * hOut * wOut;
      const source = kernels.put(pictures);
      const [m, y] = [kernels.put(Float32Array.from(matrices.flat())), kernels.reserve(count * 4)];
      const args = [source, m, y, h, w, hOut, wOut, scale, offset];
      const outputs = [{ offset: y, length: count }];
      return (
        launchAndSplit(kernels, 'warpAffine', args, matrices.length, outputs, random)[0] ?? new Float32Array()
      );
    }

    it('returns the picture exactly for the identity', () => {
      for (const [h, w] of [
        [48, 48],
        [1, 1],
        [5, 7],
      ] as const) {
        const pictures = randomPicture(3 * h * w, random);
        expectClose(warp(pictures, [IDENTITY, IDENTITY, IDENTITY], [h, w], [h, w]), pictures, 0);
      }
    });

    it('mirrors exactly', () => {
      const [h, w] = [6, 9];
      const picture = randomPicture(h * w, random);
      const mirrored = Uint8Array.from(picture, (_, i) => picture[i - (i % w) + w - 1 - (i % w)] ?? 0);
      expectClose(warp(picture, [[-1, 0, w - 1, 0, 1, 0]], [h, w], [h, w]), mirrored, 0);
    });

    it('agrees with the reference for rotation, zoom and shift, with repeated edges and scaling', () => {
      const [h, w] = [48, 46];
      const matrices = Array.from({ length: 5 }, () => {
        const [angleRad, zoom] = [(random() - 0.5) * 0.6, 0.8 + random() * 0.5];
        const [a, b] = [Math.fround(Math.cos(angleRad) * zoom), Math.fround(Math.sin(angleRad) * zoom)];
        return [a, -b, Math.fround(random() * 20 - 10), b, a, Math.fround(random() * 20 - 10)];
      });
      for (const size of [
        [48, 46],
        [20, 33],
      ] as const) {
        const pictures = randomPicture(matrices.length * h * w, random);
        const expected = matrices.flatMap((matrix, i) => {
          const picture = pictures.subarray(i * h * w, (i + 1) * h * w);
          return Array.from(
            reference.warpAffine(picture, matrix, [h, w], size),
            (value) => value / 255 - 0.5,
          );
        });
        expectClose(warp(pictures, matrices, [h, w], size, [1 / 255, -0.5]), expected, 3e-5);
      }
    });

    it('stays inside the picture for arbitrary matrices', () => {
      const picture = Uint8Array.of(10, 20, 30, 40);
      const far = warp(picture, [[1e30, 0, -1e30, 0, -1e30, 1e9]], [2, 2], [2, 2]);
      for (const value of far) expect([10, 20, 30, 40]).toContain(value);
      for (const value of warp(picture, [[NaN, 0, 0, NaN, 0, 0]], [2, 2], [2, 2])) {
        expect(value).toBeGreaterThanOrEqual(10);
        expect(value).toBeLessThanOrEqual(40);
      }
    });
  });

  describe('downsampleGrid', () => {
    it.each([
      [48, 48, 4, 1],
      [7, 5, 5, 3],
      [1, 1, 1, 1],
      [3, 9, 16, 2],
    ])('is the reference for %i×%i pixels of %i samples, %i floats apart', (h, w, samples, stride) => {
      kernels.clear();
      const grid = Float32Array.from({ length: (h + 1) * (w + 1) * samples ** 2 }, () => random() - 0.5);
      const weights = Float32Array.from({ length: 2 * samples }, () => random());
      const taps = Math.ceil(weights.length / 4) * 4;
      const padded = new Float32Array(taps);
      padded.set(weights);
      const [source, factors] = [kernels.put(grid), kernels.put(padded)];
      const scratch = kernels.reserve(((w + 1) * samples + 4) * 4);
      const length = h * w * stride;
      const y = kernels.reserve(length * 4);
      const args = [source, factors, scratch, y, w, samples, taps, stride];
      const initial = new Float32Array(length).fill(-7);
      const [pixels = new Float32Array()] = launchAndSplit(
        kernels,
        'downsampleGrid',
        args,
        h,
        [{ offset: y, length, initial }],
        random,
      );
      const expected = new Float32Array(length).fill(-7); // what lies between is left alone
      reference.downsampleGrid(grid, weights, [h, w], samples).forEach((value, pixel) => {
        expected[pixel * stride] = value;
      });
      expectClose(pixels, expected, 2e-5);
    });
  });

  describe('cropResize', () => {
    function crop(
      picture: Uint8Array,
      [h, w, channels]: readonly [number, number, number],
      { left, top, width, height }: Rectangle,
      [hOut, wOut]: readonly [number, number],
      [scale, offset]: readonly [number, number] = [1, 0],
    ): Float32Array {
      kernels.clear();
      const count = hOut * wOut * channels;
      const [source, y] = [kernels.put(picture), kernels.reserve(count * 4)];
      const args = [source, y, h, w, channels, left, top, width, height, hOut, wOut, scale, offset];
      const outputs = [{ offset: y, length: count }];
      return launchAndSplit(kernels, 'cropResize', args, hOut, outputs, random)[0] ?? new Float32Array();
    }

    it.each(golden.cases)(
      'agrees with Pillow: $rectangle to $size',
      ({ rectangle, size, exact, rounded }) => {
        const { width, height, channels, picture } = golden;
        const result = crop(Uint8Array.from(picture), [height, width, channels], rectangle, size);
        expectClose(
          Array.from(result, (value) => value / 255),
          exact.map((value) => value / 255),
          2e-6,
        );
        // Pillow rounds to 8 bits after each pass: half a level each.
        for (const [i, value] of result.entries())
          expect(Math.abs(value - (rounded[i] ?? NaN))).toBeLessThan(1.01);
      },
    );

    it.each([1, 2, 3, 4])('agrees with the reference for arbitrary rectangles, %i channels', (channels) => {
      const [h, w] = [19, 26];
      const picture = randomPicture(h * w * channels, random);
      for (let i = 0; i < 12; i++) {
        const rectangle = {
          left: Math.fround(random() * 60 - 30),
          top: Math.fround(random() * 50 - 25),
          width: Math.fround(0.5 + random() * 50),
          height: Math.fround(0.5 + random() * 40),
        };
        const size = [1 + Math.floor(random() * 12), 1 + Math.floor(random() * 12)] as const;
        const expected = reference.cropResize(picture, [h, w, channels], rectangle, size);
        const actual = crop(picture, [h, w, channels], rectangle, size, [1 / 255, 0]);
        expectClose(
          actual,
          expected.map((value) => value / 255),
          5e-6,
        );
      }
    });

    it('returns the picture exactly at its own size', () => {
      const [h, w] = [12, 10];
      const picture = randomPicture(h * w, random);
      expectClose(crop(picture, [h, w, 1], { left: 0, top: 0, width: w, height: h }, [h, w]), picture, 0);
    });

    it('repeats the edge outside the picture', () => {
      const picture = Uint8Array.of(10, 20, 30, 40);
      const outside = { left: -50, top: -60, width: 8, height: 4 };
      expectClose(crop(picture, [2, 2, 1], outside, [2, 2]), [10, 10, 10, 10], 0);
      const beyond = { left: 50, top: 60, width: 4, height: 8 };
      expectClose(crop(picture, [2, 2, 1], beyond, [1, 2]), [40, 40], 0);
    });
  });
});
