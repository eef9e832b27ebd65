import { describe, expect, it } from 'vitest';
import type { Frame, FrameChannels } from '../frame.js';
import type { Box } from '../geometry/box.js';
import type { InputContract } from '../model/input-contract.js';
import { WHOLE_BOX } from '../model/manifest.js';
import { toCropRectangle } from './crop-rectangle.js';
import { createFaceCropper } from './face-cropper.js';

const INPUT: InputContract = { width: 8, height: 8, channels: 1, range: [0, 255] };

function makeFrame(
  width: number,
  height: number,
  channels: FrameChannels,
  at: (x: number, y: number, c: number) => number,
): Frame {
  const data = new Uint8Array(width * height * channels);
  for (let index = 0; index < data.length; index++) {
    const pixel = Math.floor(index / channels);
    data[index] = at(pixel % width, Math.floor(pixel / width), index % channels);
  }
  return { width, height, channels, data };
}

const noise = (x: number, y: number, c: number) => (x * 7919 + y * 104_729 + c * 31) % 251;

async function cropOne(frame: Frame, box: Box, input = INPUT, crop = WHOLE_BOX): Promise<number[]> {
  return [...(await createFaceCropper(input, crop)).cropAll(frame, [box])];
}

describe('toCropRectangle', () => {
  it('is the box itself for a square box, WHOLE_BOX and a square input', () => {
    const box = { x: 3, y: 4, width: 10, height: 10 };
    expect(toCropRectangle(box, WHOLE_BOX, INPUT)).toEqual(box);
  });

  it('scales around the centre, moves by the longer side and has the aspect ratio of the input', () => {
    const box = { x: 10, y: 20, width: 10, height: 20 }; // centre 15, 30
    const crop = { scale: 1.5, offsetX: 0.1, offsetY: -0.2 };
    expect(toCropRectangle(box, crop, { width: 30, height: 60 })).toEqual({
      x: 2,
      y: -4,
      width: 30,
      height: 60,
    });
  });
});

describe('cropping', () => {
  it('copies pixels if the size does not change, at any position', async () => {
    const frame = makeFrame(40, 30, 1, noise);
    for (const [x, y] of [
      [0, 0],
      [13, 9],
      [32, 22],
    ] as const) {
      const pixels = await cropOne(frame, { x, y, width: 8, height: 8 });
      const expected = Array.from({ length: 64 }, (_, i) => noise(x + (i % 8), y + Math.floor(i / 8), 0));
      expect(pixels.map(Math.round)).toEqual(expected);
    }
  });

  it('maps 0 and 255 to the ends of the range', async () => {
    const frame = makeFrame(8, 8, 1, (x) => (x < 4 ? 0 : 255));
    const pixels = await cropOne(frame, { x: 0, y: 0, width: 8, height: 8 }, { ...INPUT, range: [-1, 1] });
    expect(new Set(pixels)).toEqual(new Set([-1, 1]));
  });

  it('repeats the border for faces partly or wholly beyond the picture', async () => {
    const frame = makeFrame(20, 20, 1, (x) => x * 10);
    const left = await cropOne(frame, { x: -4, y: 0, width: 8, height: 8 });
    expect(left.slice(0, 8).map(Math.round)).toEqual([0, 0, 0, 0, 0, 10, 20, 30]);
    expect(new Set(await cropOne(frame, { x: 100, y: -100, width: 8, height: 8 }))).toEqual(new Set([190]));
  });

  it('averages when it shrinks: a fine pattern becomes its mean', async () => {
    const frame = makeFrame(400, 400, 1, (x, y) => ((x + y) % 2) * 255);
    const pixels = await cropOne(frame, { x: 100, y: 100, width: 200, height: 200 });
    for (const pixel of pixels) expect(Math.abs(pixel - 127.5)).toBeLessThan(1);
  });

  it('does not depend on pixels beyond the radius of the filter', async () => {
    const box = { x: 30, y: 30, width: 40, height: 40 };
    const near = (v: number) => v >= 18 && v <= 82;
    const a = makeFrame(100, 100, 1, noise);
    const b = makeFrame(100, 100, 1, (x, y, c) => (near(x) && near(y) ? noise(x, y, c) : 0));
    expect(await cropOne(b, box)).toEqual(await cropOne(a, box));
  });

  it('converts colours to grey as Pillow does, and ignores alpha', async () => {
    const colours = [
      [255, 0, 0, 76],
      [0, 255, 0, 150],
      [0, 0, 255, 29],
      [255, 255, 255, 255],
      [12, 34, 56, 30],
    ] as const;
    for (const [r, g, b, grey] of colours) {
      for (const channels of [3, 4] as const) {
        const frame = makeFrame(8, 8, channels, (_x, _y, c) => [r, g, b, 99][c] ?? 0);
        const pixels = await cropOne(frame, { x: 0, y: 0, width: 8, height: 8 });
        expect(new Set(pixels.map(Math.round))).toEqual(new Set([grey]));
      }
    }
  });

  it('gives an RGB network three channels, also from a grey frame', async () => {
    const input = { ...INPUT, channels: 3 } as const;
    const box = { x: 0, y: 0, width: 8, height: 8 };
    const colour = makeFrame(8, 8, 4, (_x, _y, c) => [10, 20, 30, 0][c] ?? 0);
    expect((await cropOne(colour, box, input)).slice(0, 3).map(Math.round)).toEqual([10, 20, 30]);
    const grey = makeFrame(8, 8, 1, () => 40);
    expect((await cropOne(grey, box, input)).slice(0, 3).map(Math.round)).toEqual([40, 40, 40]);
  });

  it('crops each face of a batch as it crops it alone, for mixed sizes', async () => {
    const frame = makeFrame(900, 700, 3, noise);
    const boxes = [40, 600, 25, 300, 8].map((side, index) => ({
      x: index * 50,
      y: index * 20,
      width: side,
      height: side,
    }));
    const cropper = await createFaceCropper(INPUT, WHOLE_BOX);
    const together = cropper.cropAll(frame, boxes);
    for (const [index, box] of boxes.entries()) {
      expect([...together.subarray(index * 64, (index + 1) * 64)]).toEqual(await cropOne(frame, box));
    }
    expect(cropper.cropAll(frame, [])).toHaveLength(0);
  });
});
