import { describe, expect, it } from 'vitest';
import { areaResize } from '../../../kernels/test/reference/area.js';
import { createKernels } from '../backend/kernels.js';
import type { Frame, FrameChannels } from '../frame.js';
import type { Box } from '../geometry/box.js';
import { AreaSampler, type AreaSamplerOptions } from './area-sampler.js';

const OPTIONS = { width: 16, height: 16, range: [0, 255], outside: 30 } as const;

function makeFrame(width: number, height: number, channels: FrameChannels): Frame {
  const data = Uint8Array.from(
    { length: width * height * channels },
    (_, i) => ((i * 7919) ^ (i >> 5)) & 255,
  );
  return { width, height, channels, data };
}

/** A sampler and its output buffer as one function. */
async function createSampling(
  options: AreaSamplerOptions,
): Promise<(frame: Frame, rectangle: Box) => Float32Array> {
  const kernels = await createKernels();
  const sampler = new AreaSampler(kernels, options);
  const output = kernels.allocate(sampler.length * 4);
  return (frame, rectangle) => {
    sampler.sample(frame, rectangle, output);
    return kernels.f32(output, sampler.length).slice();
  };
}

// packages/kernels/test tests the kernel; this file tests the copies for it.
describe('AreaSampler', () => {
  it.each<[string, Frame, [x: number, y: number, side: number]]>([
    ['inside', makeFrame(50, 40, 3), [10.5, 7.25, 21]],
    ['at the right and lower border', makeFrame(50, 40, 4), [30, 20, 20]],
    ['over two borders', makeFrame(50, 40, 3), [-7.5, 25, 30]],
    ['around all of it', makeFrame(50, 20, 1), [-5, -20, 60]],
    ['enlarged', makeFrame(50, 40, 3), [20.25, 20.75, 9]],
    ['enlarged over the border', makeFrame(50, 40, 3), [-3, 35, 9]],
    ['outside', makeFrame(50, 40, 3), [200, -300, 40]],
    ['of one pixel', makeFrame(1, 1, 3), [0, 0, 1]],
  ])('takes the rectangle %s', async (_, frame, [x, y, side]) => {
    const sample = await createSampling(OPTIONS);
    const target = sample(frame, { x, y, width: side, height: side });
    const rectangle = { left: x, top: y, width: side, height: side };
    const shape = [frame.height, frame.width, frame.channels] as const;
    const expected = areaResize(frame.data, shape, rectangle, [16, 16], OPTIONS.outside);
    for (const [i, value] of target.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-3);
  });

  it.each([1, 3, 4] as const)(
    'takes green, or grey, of %i channels where one is wanted',
    async (channels) => {
      const frame = makeFrame(50, 40, channels);
      const rectangle = { x: -7.5, y: 25.25, width: 30, height: 21 };
      const one = await createSampling({ ...OPTIONS, channels: 1 });
      const three = await createSampling(OPTIONS);
      expect(one(frame, rectangle)).toEqual(three(frame, rectangle).filter((_, i) => i % 3 === 1));
    },
  );

  it('resizes a large picture from several strips', async () => {
    const frame = makeFrame(640, 640, 3);
    const sums = new Float64Array(16 * 16 * 3);
    frame.data.forEach((value, i) => {
      const [row, column] = [Math.floor(i / 3 / 640 / 40), Math.floor(((i / 3) % 640) / 40)];
      sums[(row * 16 + column) * 3 + (i % 3)]! += value / 1600;
    });
    const sample = await createSampling(OPTIONS);
    const target = sample(frame, { x: 0, y: 0, width: 640, height: 640 });
    for (const [i, value] of target.entries()) expect(Math.abs(value - sums[i]!)).toBeLessThan(1e-3);
  });

  it('maps 0 and 255 to the ends of the range', async () => {
    const sample = await createSampling({ ...OPTIONS, range: [-1, 1] });
    for (const [value, expected] of [
      [0, -1],
      [255, 1],
    ] as const) {
      const data = new Uint8Array(30 * 30).fill(value);
      const frame: Frame = { width: 30, height: 30, channels: 1, data };
      for (const result of sample(frame, { x: 0, y: 0, width: 30, height: 30 }))
        expect(result).toBeCloseTo(expected, 5);
    }
  });

  it('gives the same result after a larger picture', async () => {
    const sample = await createSampling(OPTIONS);
    const small = makeFrame(33, 21, 3);
    const rectangle = { x: 2.5, y: -1, width: 25, height: 20 };
    const before = sample(small, rectangle);
    sample(makeFrame(900, 700, 4), { x: 0, y: 0, width: 900, height: 700 });
    expect(sample(small, rectangle)).toEqual(before);
  });
});
