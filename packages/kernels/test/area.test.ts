import { describe, expect, it } from 'vitest';
import { createRandom, expectClose, KERNEL_BUILDS, KernelInstance } from './kernel-instance.js';
import { launchAndSplit } from './launch-and-split.js';
import * as reference from './reference/area.js';
import type { Rectangle } from './reference/sampling.js';

type Shape = readonly [height: number, width: number, channels: number];
type Size = readonly [height: number, width: number];

describe.each(KERNEL_BUILDS)('areaResize, %s build', (build) => {
  const kernels = new KernelInstance(build);
  const random = createRandom(11);

  const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => random() * 256);

  function resize(
    picture: Uint8Array,
    [h, w, channels]: Shape,
    { left, top, width, height }: Rectangle,
    [hOut, wOut]: Size,
    { outside = 0, scale = 1, offset = 0, channelsOut = 3 } = {},
  ): Float32Array {
    kernels.clear();
    const length = hOut * wOut * channelsOut;
    const source = kernels.put(picture);
    const taps = Math.ceil(Math.max(width / wOut, 1)) + 1;
    const scratch = kernels.reserve(((2 + taps) * (wOut + 3) + (w + taps) * channels + 4) * 4);
    const y = kernels.reserve(length * 4);
    const args = [
      source, scratch, y, h, w, channels, left, top, width, height, hOut, wOut, channelsOut, scale, offset, outside,
    ]; // prettier-ignore
    const outputs = [{ offset: y, length }];
    return launchAndSplit(kernels, 'areaResize', args, hOut, outputs, random)[0] ?? new Float32Array();
  }

  it.each<[string, Shape, Rectangle, Size]>([
    ['the whole, shrunk', [31, 45, 3], { left: 0, top: 0, width: 45, height: 31 }, [8, 8]],
    ['by whole numbers', [32, 32, 3], { left: 0, top: 0, width: 32, height: 32 }, [8, 4]],
    ['a part, between pixels', [30, 40, 4], { left: 3.25, top: 5.5, width: 30.5, height: 20.75 }, [9, 7]],
    ['grey', [30, 40, 1], { left: 2.5, top: 1.5, width: 31, height: 27.5 }, [6, 11]],
    ['enlarged', [12, 10, 3], { left: 2.5, top: 3.25, width: 4.5, height: 5.5 }, [9, 13]],
    ['wider and lower', [12, 10, 3], { left: 1.5, top: 0.5, width: 4, height: 11 }, [4, 8]],
    ['over every border', [9, 11, 3], { left: -5.5, top: -4.25, width: 22, height: 17.5 }, [8, 8]],
    ['over the border, enlarged', [9, 11, 3], { left: -2.5, top: -1.25, width: 6, height: 5.5 }, [12, 9]],
    ['narrower than a vector', [40, 3, 3], { left: 0, top: 0, width: 3, height: 40 }, [7, 2]],
    ['one pixel', [1, 1, 3], { left: -3, top: -2, width: 6, height: 6 }, [4, 4]],
  ])('is the reference: %s', (_, shape, rectangle, size) => {
    const [h, w, channels] = shape;
    const picture = noise(h * w * channels);
    const range = { outside: 40, scale: 2 / 255, offset: -1 };
    const expected = reference
      .areaResize(picture, shape, rectangle, size, range.outside)
      .map((value) => value * range.scale + range.offset);
    expectClose(resize(picture, shape, rectangle, size, range), expected, 2e-6);
  });

  it.each<[string, Shape, Rectangle]>([
    ['inside', [30, 40, 1], { left: 2.5, top: 1.5, width: 31, height: 27.5 }],
    ['over every border', [30, 40, 1], { left: -3.5, top: -2, width: 50, height: 36 }],
    ['outside', [30, 40, 1], { left: 60, top: 2, width: 31, height: 27.5 }],
    ['of colours', [30, 40, 3], { left: -3.5, top: 1.5, width: 50, height: 27.5 }],
    ['with alpha', [30, 40, 4], { left: 2.5, top: 1.5, width: 31, height: 27.5 }],
  ])('gives one channel, which is green of colours: %s', (_, shape, rectangle) => {
    const [h, w, channels] = shape;
    const picture = noise(h * w * channels);
    for (const columns of [8, 9, 10, 11]) {
      const three = resize(picture, shape, rectangle, [6, columns], { outside: 40 });
      const one = resize(picture, shape, rectangle, [6, columns], { outside: 40, channelsOut: 1 });
      expect(one).toEqual(three.filter((_, i) => i % 3 === 1));
    }
  });

  it('returns the picture unchanged at its own size', () => {
    const picture = noise(7 * 9 * 3);
    expectClose(resize(picture, [7, 9, 3], { left: 0, top: 0, width: 9, height: 7 }, [7, 9]), picture, 0);
  });

  it('ignores alpha', () => {
    const colour = noise(16 * 16 * 3);
    const alpha = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) =>
      i % 4 === 3 ? i : (colour[(i >> 2) * 3 + (i & 3)] ?? 0),
    );
    const rectangle = { left: 1, top: 2, width: 13.5, height: 12 };
    const [three, four] = [
      resize(colour, [16, 16, 3], rectangle, [5, 5]),
      resize(alpha, [16, 16, 4], rectangle, [5, 5]),
    ];
    expectClose(four, three, 1e-6);
  });

  it('gives the border value outside the picture', () => {
    const picture = new Uint8Array(48).fill(200);
    for (const [left, top] of [
      [-50, 0],
      [40, 0],
      [0, -50],
      [0, 40],
    ] as const) {
      const y = resize(picture, [4, 4, 3], { left, top, width: 8, height: 8 }, [3, 3], { outside: 7 });
      expectClose(y, new Float32Array(27).fill(7), 1e-6);
    }
  });

  it('sums more bright rows than fit in sixteen bits', () => {
    const height = 1200;
    const picture = new Uint8Array(height * 6 * 3).fill(255);
    const y = resize(picture, [height, 6, 3], { left: 0, top: 0, width: 6, height }, [2, 3]);
    expectClose(y, new Float32Array(18).fill(255), 1e-6);
    expect(y).toHaveLength(18);
  });
});
