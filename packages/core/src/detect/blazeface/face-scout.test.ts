/** The installed networks on heads of the portrait in larger pictures. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../frame.js';
import { intersectionOverUnion } from '../../geometry/box.js';
import { loadDetectorModel } from '../../model/load-detector-model.js';
import type { Detection } from '../detector.js';
import { createBlazeFaceDetector } from './blazeface-detector.js';
import { createFaceScout, type FaceScout } from './face-scout.js';
import { parseBlazeFaceContract } from './parse-contract.js';

const ROOT = new URL('../../../../../', import.meta.url);
const MODEL = new URL('models/blazeface-short-range/', ROOT);
const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));
const manifest = JSON.parse(readFileSync(new URL('manifest.json', MODEL), 'utf8')) as {
  search: { fine: Record<string, unknown> & { scout: Record<string, unknown> } };
};
const files = { manifest, weights: readFileSync(new URL('weights.safetensors', MODEL)), source: 'blazeface' };
/** The head, with the box of its face in pixels of the cut. */
const HEAD = { left: 124, top: 16, width: 200, height: 200 };
const FACE = { x: 52, y: 50, side: 95 };
const BACKGROUND = { channels: 3, background: '#a9b0b5' } as const;

let scout: FaceScout;
beforeAll(async () => {
  const { scout: plan, minRange } = parseBlazeFaceContract(manifest, 'blazeface').fine ?? expect.fail();
  scout = await createFaceScout(await loadDetectorModel(files), { scout: plan ?? expect.fail(), minRange });
});

async function drawHead(
  width: number,
  height: number,
  left: number,
  top: number,
  side: number,
): Promise<Frame> {
  const size = Math.round((HEAD.width * side) / FACE.side);
  const input = await sharp(PORTRAIT).extract(HEAD).resize(size, size).png().toBuffer();
  const picture = sharp({ create: { width, height, ...BACKGROUND } }).composite([{ input, left, top }]);
  const { data } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width, height, channels: 3, data };
}

describe('the scout', () => {
  it.each([24, 30, 37, 46, 57, 71, 88, 109, 136, 170])(
    'notices a face of %i pixels in its place',
    async (side) => {
      const [left, top] = [417, 133];
      const hints = scout.find(await drawHead(1000, 700, left, top, side), 24, 200);
      const scale = side / FACE.side;
      const middle = {
        x: left + (FACE.x + FACE.side / 2) * scale,
        y: top + (FACE.y + FACE.side / 2) * scale,
      };
      const near = hints.filter(({ x, y }) => Math.hypot(x - middle.x, y - middle.y) < side / 3);
      expect(near.some((hint) => Math.abs(Math.log(hint.side / side)) < Math.log(1.4))).toBe(true);
    },
  );

  it('notices nothing in a plain picture', async () => {
    const { data } = await sharp({ create: { width: 900, height: 600, ...BACKGROUND } })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(scout.find({ width: 900, height: 600, channels: 3, data }, 24, 180)).toEqual([]);
  });

  it('sorts its hints, the best first, and has none below its thresholds', async () => {
    const scores = scout.find(await drawHead(800, 600, 300, 200, 60), 24, 160).map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.at(-1)).toBeGreaterThanOrEqual(scout.plan.judge.threshold);
  });

  it.each([
    [1, 1],
    [3, 900],
    [700, 2],
  ])('survives %i×%i pixels', (width, height) => {
    expect(scout.find({ width, height, channels: 1, data: new Uint8Array(width * height) }, 24, 200)).toEqual(
      [],
    );
  });
});

it('lets the detector find the same face as a search of everything', async () => {
  const fine = { ...manifest.search.fine, scout: undefined };
  const everywhere = { ...files, manifest: { ...manifest, search: { ...manifest.search, fine } } };
  const frame = await drawHead(1600, 1000, 801, 333, 40);
  const found = await Promise.all(
    [everywhere, files].map(async (model) =>
      (await createBlazeFaceDetector({ model })).detectInPicture(frame),
    ),
  );
  expect(found.map((faces) => faces.length)).toEqual([1, 1]);
  const [[first], [second]] = found as [Detection[], Detection[]];
  expect(intersectionOverUnion(first!.box, second!.box)).toBeGreaterThan(0.8);
});

it('refuses a plan without its networks', async () => {
  const model = await loadDetectorModel(files);
  await expect(
    createFaceScout({ ...model, stages: new Map() }, { scout: scout.plan, minRange: 0 }),
  ).rejects.toMatchObject({
    code: 'MODEL_INVALID',
    message: 'the detector has no network for its stage judge',
  });
});
