/**
 * Compares all boxes with OpenCV's CascadeClassifier, for every picture and setting in
 * models/haar-frontalface/golden/boxes.json (written by make-boxes.py in the same folder).
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  makePicture,
  toGrey,
  type GreyPicture,
  type PictureRecipe,
} from '../../../../../models/haar-frontalface/golden/picture-recipes.js';
import { createKernels, KERNEL_BUILDS, type KernelBuild } from '../../backend/kernels.js';
import type { Frame } from '../../frame.js';
import type { Detector } from '../detector.js';
import { createHaarDetector, type GreyConversion, type HaarDetectorOptions } from './haar-detector.js';

type Settings = Pick<HaarDetectorOptions, 'scaleFactor' | 'minNeighbors' | 'minSize' | 'maxSize'>;

interface Run extends Settings {
  /** [x, y, width, height, neighbours], sorted; for a long list, its length and the sha256 of its JSON. */
  readonly boxes: number[][] | { readonly length: number; readonly sha256: string };
}

interface Golden {
  readonly pictures: { name: string; recipe: PictureRecipe; sha256: string; runs: Run[] }[];
  readonly colour: { grey: GreyConversion; runs: Run[] }[];
  readonly photographs: { file: string; sha256: string; runs: Run[] }[];
}

const ROOT = new URL('../../../../../', import.meta.url);
const MODEL = new URL('models/haar-frontalface/', ROOT);
const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));
const PHOTOGRAPHS = join(
  process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT)),
  'pictures',
);

const golden = JSON.parse(readFileSync(new URL('golden/boxes.json', MODEL), 'utf8')) as Golden;
const cascade = readFileSync(new URL('cascade.bin', MODEL));

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

/** Decodes as golden/decode.js does. */
async function decode(file: string): Promise<Frame> {
  const { data, info } = await sharp(file)
    .rotate()
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

function compareBoxes(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** A detector's results in the form of the golden file. */
function findBoxes(detector: Detector, frame: Frame): number[][] {
  return detector
    .detect(frame)
    .map(({ box, score }) => [box.x, box.y, box.width, box.height, score])
    .sort(compareBoxes);
}

function expectBoxes(found: number[][], boxes: Run['boxes'], settings: string): void {
  const comparable = Array.isArray(boxes)
    ? found
    : { length: found.length, sha256: sha256(JSON.stringify(found)) };
  expect(comparable, settings).toEqual(boxes);
}

describe.each(KERNEL_BUILDS)('Haar detector against OpenCV, %s build', (build) => {
  // Detectors are reused for all pictures, so that frames of another size reuse old memory.
  const detectors = new Map<string, Promise<Detector>>();
  const detectorFor = (settings: Settings, grey: GreyConversion = 'pillow'): Promise<Detector> => {
    const key = JSON.stringify([settings, grey]);
    const detector = detectors.get(key) ?? createDetector(build, { ...settings, grey });
    detectors.set(key, detector);
    return detector;
  };
  const expectRuns = async (frame: Frame, runs: readonly Run[], grey?: GreyConversion): Promise<void> => {
    for (const { boxes, ...settings } of runs) {
      const found = findBoxes(await detectorFor(settings, grey), frame);
      expectBoxes(found, boxes, `with ${JSON.stringify(settings)}`);
    }
  };

  let colour: Frame;
  let portrait: GreyPicture;
  beforeAll(async () => {
    colour = await decode(PORTRAIT);
    portrait = toGrey(colour.width, colour.height, colour.data);
  });

  it.each(golden.pictures)('$name', async ({ recipe, sha256: expected, runs }) => {
    const picture = makePicture(recipe, portrait);
    expect(sha256(picture.data), 'the picture that OpenCV saw').toBe(expected);
    await expectRuns({ ...picture, channels: 1 }, runs);
  });

  it.each(golden.colour)('in colour, converted to grey as by $grey', async ({ grey, runs }) => {
    await expectRuns(colour, runs, grey);
    await expectRuns(withAlpha(colour), runs, grey);
  });

  it.for(golden.photographs)('photograph $file', async ({ file, sha256: expected, runs }, context) => {
    const path = join(PHOTOGRAPHS, file);
    if (!existsSync(path)) context.skip(`${path} is not there; MIEN_DATA names the folder of the data`);
    const frame = await decode(path);
    const picture = toGrey(frame.width, frame.height, frame.data);
    // JPEG decoders differ by a grey level in some pixels, and boxes with them.
    if (sha256(picture.data) !== expected)
      context.skip(`${file} decodes to other pixels than OpenCV was given`);
    await expectRuns(frame, runs);
  });
});

describe('createHaarDetector', () => {
  it('detects the face of the example with default options', async () => {
    const detector = await createHaarDetector({ cascade });
    expect(detector.id).toBe('haar');
    expect(detector.detect(await decode(PORTRAIT))).toEqual([
      { box: { x: 176, y: 66, width: 95, height: 95 }, score: 15 },
    ]);
  });

  it.each<[Partial<HaarDetectorOptions>, RegExp]>([
    [{ scaleFactor: 1 }, /^haar: scaleFactor must be a finite number of at least 1.01, got 1$/],
    [{ scaleFactor: NaN }, /scaleFactor/],
    [{ scaleFactor: Infinity }, /scaleFactor/],
    [{ minNeighbors: -1 }, /^haar: minNeighbors must be a whole number of at least 0, got -1$/],
    [{ minNeighbors: 1.5 }, /minNeighbors/],
    [{ minSize: -1 }, /minSize/],
    [{ minSize: 50, maxSize: 40 }, /minSize must be from 0 to maxSize \(40\), got 50/],
    [{ grey: 'blue' as GreyConversion }, /grey must be one of pillow, opencv, got blue/],
  ])('refuses %j', async (options, message) => {
    const refused = expect(createHaarDetector({ cascade, ...options })).rejects;
    await refused.toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) as string });
  });

  it('refuses a damaged cascade', async () => {
    const cut = cascade.subarray(0, 5000);
    await expect(createHaarDetector({ cascade: cut })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('rejects frames of the wrong size, and use after dispose', async () => {
    const detector = await createHaarDetector({ cascade });
    const frame: Frame = { width: 30, height: 30, channels: 1, data: new Uint8Array(30 * 29) };
    expect(() => detector.detect(frame)).toThrow(/30×30×1 needs 900 samples, got 870/);
    detector.dispose();
    expect(() => detector.detect({ ...frame, height: 29 })).toThrow(/used after dispose/);
  });

  it('reports a frame that does not fit into memory, and continues to work', async () => {
    const kernels = await createKernels({ build: 'simd' });
    // Reserved, but never written: leaves 4 MiB of address space.
    kernels.allocate(2 ** 32 - 4 * 2 ** 20);
    const detector = await createHaarDetector({ cascade, kernels });
    const frame = (side: number): Frame => {
      return { width: side, height: side, channels: 1, data: new Uint8Array(side * side).fill(9) };
    };
    const detect = () => detector.detect(frame(3000));
    expect(detect).toThrow(expect.objectContaining({ code: 'INPUT_TOO_LARGE' }) as Error);
    expect(detector.detect(frame(64))).toEqual([]);
  });
});

async function createDetector(
  build: KernelBuild,
  options: Omit<HaarDetectorOptions, 'cascade'>,
): Promise<Detector> {
  return createHaarDetector({ cascade, ...options, kernels: await createKernels({ build }) });
}

function withAlpha({ width, height, data }: Frame): Frame {
  const pixels = Uint8Array.from({ length: width * height * 4 }, (_, i) =>
    i % 4 === 3 ? (i * 7) & 255 : (data[(i >> 2) * 3 + (i & 3)] ?? NaN),
  );
  return { width, height, channels: 4, data: pixels };
}
