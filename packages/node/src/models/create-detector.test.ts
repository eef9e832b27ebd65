/** The contract of a detector, tested with every detector on synthetic frames and a real portrait. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { intersectionOverUnion, type Detector, type Frame, type FrameChannels } from '@mien/core';
import { exportModel } from '@mien/formats/model-file';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePicture } from '../pictures/decode-picture.js';
import { findData } from '../testing/find-data.js';
import { createDetector, DETECTORS } from './create-detector.js';
import { resolveModel } from './resolve-model.js';

const PORTRAIT = fileURLToPath(new URL('../../../../examples/eileen-collins.png', import.meta.url));
/** As OpenCV's Haar cascade draws it; others draw theirs a little higher, lower or wider. */
const PORTRAIT_BOX = { x: 176, y: 66, width: 95, height: 95 };
const YUNET = findData('detectors/yunet_s_dynamic.onnx');

const NAMES = [...DETECTORS, ...(YUNET === undefined ? [] : [YUNET])];

function makeFrame(
  width: number,
  height: number,
  channels: FrameChannels,
  at: (x: number, y: number) => number = () => 128,
): Frame {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return at(pixel % width, Math.floor(pixel / width));
  });
  return { width, height, channels, data };
}

const luma = (r: number, g: number, b: number) => (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16;

function withChannels({ width, height, data }: Frame, channels: FrameChannels): Frame {
  const at = (pixel: number, channel: number) => data[3 * pixel + channel] ?? 255;
  const samples = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    if (channels === 1) return luma(at(pixel, 0), at(pixel, 1), at(pixel, 2));
    return channel === 3 ? (i * 7) & 255 : at(pixel, channel);
  });
  return { width, height, channels, data: samples };
}

let portrait: Frame;
beforeAll(async () => {
  portrait = await decodePicture(PORTRAIT);
});

describe.each(NAMES)('detector %s', (name) => {
  let detector: Detector;
  beforeAll(async () => {
    detector = await createDetector(name);
  });
  afterAll(() => detector.dispose());

  it.each<[string, Frame]>([
    ['one pixel', makeFrame(1, 1, 3)],
    ['a plain frame', makeFrame(640, 480, 3)],
    ['black', makeFrame(320, 240, 4, () => 0)],
    ['a gradient', makeFrame(400, 300, 1, (x, y) => (x + y) & 255)],
    ['noise', makeFrame(300, 300, 3, (x, y) => (x * 7919 + y * 104_729 + ((x * y) % 251)) & 255)],
    ['a high strip', makeFrame(1, 4000, 3, (_, y) => y & 255)],
    ['a wide strip', makeFrame(4000, 1, 4, (x) => x & 255)],
  ])('finds nothing in %s', (_, frame) => {
    expect(detector.detect(frame)).toEqual([]);
  });

  it.each<FrameChannels>([1, 3, 4])('finds the face of the portrait with %i channels', (channels) => {
    const found = detector.detect(withChannels(portrait, channels));
    expect(found).toHaveLength(1);
    expect(intersectionOverUnion(found[0]?.box ?? PORTRAIT_BOX, PORTRAIT_BOX)).toBeGreaterThan(0.6);
  });

  it('keeps boxes within the frame, with scores that fall', () => {
    // Four portraits, each cut at another corner.
    const { width, height, data } = portrait;
    const side = 2 * 300;
    const frame = makeFrame(side, side, 3);
    frame.data.forEach((_, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      const x = ((pixel % side) + 190) % width;
      const y = (Math.floor(pixel / side) + 80) % height;
      frame.data[i] = data[3 * (y * width + x) + channel] ?? 0;
    });
    const found = detector.detect(frame);
    for (const { box } of found) {
      expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(side);
      expect(box.y + box.height).toBeLessThanOrEqual(side);
      expect(Math.min(box.width, box.height)).toBeGreaterThan(0);
    }
    expect(found.length).toBeGreaterThan(0);
  });

  it('finds the same again, whatever it saw in between', () => {
    const before = detector.detect(portrait);
    detector.detect(makeFrame(1000, 30, 4, (x) => x & 255));
    expect(detector.detect(portrait)).toEqual(before);
  });

  it('leaves the frame as it was', () => {
    const copy = Buffer.from(portrait.data);
    detector.detect(portrait);
    expect(copy.equals(Buffer.from(portrait.data))).toBe(true);
  });

  it('refuses pixels that do not fit their frame', () => {
    const frame: Frame = { width: 30, height: 30, channels: 1, data: new Uint8Array(30 * 29) };
    expect(() => detector.detect(frame)).toThrow('30×30×1 needs 900 samples, got 870');
  });

  it('refuses to be used after dispose, which may come twice', async () => {
    const spent = await createDetector(name);
    spent.dispose();
    spent.dispose();
    expect(() => spent.detect(makeFrame(9, 9, 1))).toThrow('used after dispose');
  });
});

describe('createDetector', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-detector-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    [{ scaleFactor: 1.1 }, 'scaleFactor is a setting of the Haar cascade; use the detector haar'],
    [{ minNeighbors: 3 }, 'minNeighbors is a setting of the Haar cascade; use the detector haar'],
  ])('refuses %j for a detector that has none of it', async (settings, message) => {
    await expect(createDetector('blazeface', settings)).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(message) as string,
    });
  });

  it.each([
    ['blazeface-short-range', 'blazeface'],
    ['haar-frontalface', 'haar'],
  ])('knows the detector %s by the name of its model', async (name, id) => {
    const detector = await createDetector(name);
    expect(detector.id).toBe(id);
    detector.dispose();
  });

  it('refuses a network that reads faces', async () => {
    const path = join(folder, 'reader.onnx');
    const model = await resolveModel('mini-xception');
    await writeFile(path, await exportModel(model, '.onnx', { dtype: 'F32' }));
    await expect(createDetector(path)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('reader.onnx: is not a YuNet face detector') as string,
    });
  });

  it('names a file that is not there, or holds something else', async () => {
    await expect(createDetector(join(folder, 'absent.onnx'))).rejects.toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringContaining('absent.onnx: no such file') as string,
    });
    const other = join(folder, 'other.onnx');
    await writeFile(other, 'no network');
    await expect(createDetector(other)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('other.onnx: ') as string,
    });
  });
});
