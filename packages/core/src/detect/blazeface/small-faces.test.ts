/** The installed model on small faces in large pictures. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../frame.js';
import { intersectionOverUnion } from '../../geometry/box.js';
import { createBlazeFaceDetector, type BlazeFaceDetector } from './blazeface-detector.js';

const ROOT = new URL('../../../../../', import.meta.url);
const MODEL = new URL('models/blazeface-short-range/', ROOT);
const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));
const files = {
  manifest: JSON.parse(readFileSync(new URL('manifest.json', MODEL), 'utf8')) as Record<string, unknown>,
  weights: readFileSync(new URL('weights.safetensors', MODEL)),
  source: 'blazeface',
};

async function decode(picture: Sharp): Promise<Frame> {
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

let detector: BlazeFaceDetector;
beforeAll(async () => {
  detector = await createBlazeFaceDetector({ model: files });
});

describe('small faces in a large picture', () => {
  /** The head of the portrait, with the box of its face in pixels of the cut. */
  const HEAD = { left: 124, top: 16, width: 200, height: 200 };
  const FACE = { x: 176 - 124, y: 66 - 16, width: 95, height: 95 };

  async function makeCrowd(width: number, height: number, side: number, places: readonly [number, number][]) {
    const scale = side / FACE.width;
    const size = Math.round(HEAD.width * scale);
    const head = await sharp(PORTRAIT).extract(HEAD).resize(size, size).png().toBuffer();
    const canvas = sharp({ create: { width, height, channels: 3, background: '#a9b0b5' } });
    const picture = await canvas
      .composite(places.map(([left, top]) => ({ input: head, left, top })))
      .png()
      .toBuffer();
    const boxes = places.map(([x, y]) => ({
      x: x + FACE.x * scale,
      y: y + FACE.y * scale,
      width: FACE.width * scale,
      height: FACE.height * scale,
    }));
    return { frame: await decode(sharp(picture)), boxes };
  }
  const PLACES: [number, number][] = [
    [0, 0],
    [1311, 703],
    [2777, 1900],
    [3700, 40],
    [350, 2700],
    [1999, 1499],
    [3520, 2555],
  ];

  it.each([24, 40, 109])('are found where they are, and nothing else: %i px', async (side) => {
    const { frame, boxes } = await makeCrowd(4000, 3000, side, PLACES);
    const found = detector.detectInPicture(frame);
    expect(found).toHaveLength(boxes.length);
    for (const box of boxes) {
      const best = Math.max(...found.map((face) => intersectionOverUnion(face.box, box)));
      expect(best).toBeGreaterThan(0.45);
    }
  });

  it('are found only from the chosen size on', async () => {
    const { frame } = await makeCrowd(3000, 2000, 24, [[1311, 703]]);
    const coarse = await createBlazeFaceDetector({ model: files, minFacePx: 120 });
    expect(coarse.detectInPicture(frame)).toEqual([]);
    expect(detector.detectInPicture(frame)).toHaveLength(1);
    await expect(createBlazeFaceDetector({ model: files, minFacePx: 3 })).rejects.toThrow(
      'blazeface: minFacePx must be from 12 to 4096, got 3',
    );
  });

  it('are found in front of a large one', async () => {
    const large = await sharp(PORTRAIT).extract(HEAD).resize(900, 900).png().toBuffer();
    const small = await sharp(PORTRAIT).extract(HEAD).resize(110, 110).png().toBuffer();
    const picture = await sharp(large)
      .composite([{ input: small, left: 500, top: 360 }])
      .png()
      .toBuffer();
    const found = detector.detectInPicture(await decode(sharp(picture)));
    expect(found.map(({ box }) => box.width > 200)).toHaveLength(2);
    expect(found.filter(({ box }) => box.width < 100)).toHaveLength(1);
  });
});
