/** The installed model on real pictures, and against numpy's results for the file that it was converted from. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../frame.js';
import { intersectionOverUnion, type Box } from '../../geometry/box.js';
import { loadDetectorModel } from '../../model/load-detector-model.js';
import { describeGraph } from '../../nn/describe-graph.js';
import { createBlazeFaceDetector, type BlazeFaceDetector } from './blazeface-detector.js';
import { createTileNetwork } from './tile-network.js';
import { SEARCH_MODES } from './blazeface-contract.js';
import { parseBlazeFaceContract } from './parse-contract.js';
import { planTiles, toSquareTile } from './plan-tiles.js';

interface Golden {
  readonly leastScore: number;
  readonly faces: readonly { score: number; box: number[]; points: number[] }[];
}

const ROOT = new URL('../../../../../', import.meta.url);
const MODEL = new URL('models/blazeface-short-range/', ROOT);
const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));
const PICTURES = join(process.env['MIEN_DATA'] ?? fileURLToPath(new URL('../shared/data', ROOT)), 'pictures');

const manifest = JSON.parse(readFileSync(new URL('manifest.json', MODEL), 'utf8')) as Record<string, unknown>;
const weights = readFileSync(new URL('weights.safetensors', MODEL));
const files = { manifest, weights, source: 'blazeface' };
const golden = JSON.parse(readFileSync(new URL('golden/portrait.json', MODEL), 'utf8')) as Golden;

async function decode(picture: Sharp): Promise<Frame> {
  const { data, info } = await picture
    .rotate()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data };
}

let detector: BlazeFaceDetector;
let portrait: Frame;
beforeAll(async () => {
  detector = await createBlazeFaceDetector({ model: files });
  portrait = await decode(sharp(PORTRAIT));
});

it('detects in one tile what numpy computes with the TFLite file', async () => {
  const contract = parseBlazeFaceContract(manifest, 'blazeface');
  const network = await createTileNetwork(await loadDetectorModel(files), contract, 'blazeface');
  expect(portrait.height).toBe(portrait.width);
  const whole = toSquareTile(0, 0, portrait.width, { side: contract.input.width });
  const [found = []] = network.detect(portrait, [whole], golden.leastScore);
  expect(found).toHaveLength(golden.faces.length);
  for (const [i, { score, box, points }] of found.entries()) {
    const expected = golden.faces[i];
    const all = [box.x, box.y, box.width, box.height, ...points];
    // Float32 against float64: within 0.01 of 512 pixels.
    const worst = [...(expected?.box ?? []), ...(expected?.points ?? [])].map((value, k) =>
      Math.abs(value - (all[k] ?? NaN)),
    );
    expect(Math.max(...worst)).toBeLessThan(0.01);
    expect(score).toBeCloseTo(expected?.score ?? NaN, 4);
  }
});

describe('a portrait', () => {
  it('has one face with key points in their places', () => {
    const [face, ...others] = detector.detect(portrait);
    expect(others).toEqual([]);
    const { box, score, keyPoints } = face ?? expect.fail('no face was found');
    expect(intersectionOverUnion(box, { x: 176, y: 66, width: 95, height: 95 })).toBeGreaterThan(0.7);
    expect(score).toBeGreaterThan(0.8);
    // By eye, in pixels.
    for (const [name, x, y] of [
      ['rightEye', 206, 102],
      ['leftEye', 247, 104],
      ['noseTip', 224, 128],
      ['mouth', 223, 146],
    ] as const) {
      const { x: foundX = NaN, y: foundY = NaN } = keyPoints?.[name] ?? {};
      expect(Math.hypot(foundX - x, foundY - y), name).toBeLessThan(8);
    }
    expect(keyPoints?.rightEarTragion?.x).toBeLessThan(keyPoints?.rightEye.x ?? NaN);
    expect(keyPoints?.leftEarTragion?.x).toBeGreaterThan(keyPoints?.leftEye.x ?? NaN);
  });

  it('is detected in a camera frame with one tile over all of it', async () => {
    const picture = sharp(PORTRAIT).resize(400).extend({ top: 40, bottom: 40, left: 200, right: 40 });
    const frame = await decode(picture);
    expect([frame.width, frame.height]).toEqual([640, 480]);
    const camera = await createBlazeFaceDetector({ model: files, mode: 'camera' });
    const [face, ...others] = camera.detect(frame);
    expect(others).toEqual([]);
    const truth = { x: 200 + 137, y: 40 + 52, width: 74, height: 74 };
    expect(intersectionOverUnion(face?.box ?? truth, truth)).toBeGreaterThan(0.6);
    expect(face).toBeDefined();
  });

  it('is detected by each part that contains it as by the full search, also if the part cuts it', async () => {
    const { camera: plan, ...others } = manifest['search'] as Record<string, Record<string, unknown>>;
    const apart = { ...manifest, search: { ...others, camera: { ...plan, tileSide: 1, joined: false } } };
    const camera = await createBlazeFaceDetector({ model: { ...files, manifest: apart }, mode: 'camera' });
    let cut = 0;
    // The left part ends at 480, the right one starts at 160; the face is 74 wide and starts at 137 of the portrait.
    for (let left = 240; left <= 365; left += 25) {
      const shown = sharp(PORTRAIT).extract({ left: 0, top: 0, width: (640 - left) * 1.28, height: 512 });
      const fitted = shown.resize(640 - left, 400).extend({ top: 40, bottom: 40, left, right: 0 });
      const frame = await decode(fitted);
      const parts = camera.searchParts?.(frame) ?? [];
      expect(parts.map(({ x, width }) => [x, width])).toEqual([
        [0, 480],
        [160, 480],
      ]);
      const { box } =
        camera.detectAt(frame, { x: left + 137, y: 92, width: 74, height: 74 }) ?? expect.fail();
      for (const part of parts) {
        const [face] = camera.detectIn?.(frame, [part]) ?? [];
        if (face === undefined) continue;
        expect(intersectionOverUnion(face.box, box)).toBeGreaterThan(0.8);
        const right = part.x + part.width;
        if (box.x < right && box.x + box.width > right) cut++;
      }
    }
    expect(cut).toBeGreaterThan(0);
  });

  it('is not refined if its tile had a fine enough scale', async () => {
    const frame = await decode(sharp(PORTRAIT).resize(480).extend({ left: 80, right: 80 }));
    const detectWith = async (maxUnrefinedScale: number) => {
      const { camera, ...others } = manifest['search'] as Record<string, Record<string, unknown>>;
      const refinement = { ...(camera?.['refinement'] as object), maxUnrefinedScale };
      const search = { ...others, camera: { ...camera, refinement } };
      const model = { ...files, manifest: { ...manifest, search } };
      return (await createBlazeFaceDetector({ model, mode: 'camera' })).detect(frame);
    };
    const [[once], [twice]] = [await detectWith(10), await detectWith(0)];
    if (once === undefined || twice === undefined) expect.fail('no face was found');
    expect(intersectionOverUnion(once.box, twice.box)).toBeGreaterThan(0.8);
    expect(once.score).not.toBe(twice.score);
  });

  it('may have a lower score if it is large', async () => {
    const { picture: plan, ...others } = manifest['search'] as Record<string, Record<string, unknown>>;
    const create = (side: number) => {
      const large = { side, threshold: 0.65 };
      const refinement = { ...(plan?.['refinement'] as object), threshold: 0.95, large };
      const search = { ...others, picture: { ...plan, refinement } };
      return createBlazeFaceDetector({ model: { ...files, manifest: { ...manifest, search } } });
    };
    // The face fills a fifth of the picture, and scores 0.88.
    const [usual, ...rest] = detector.detectInPicture(portrait);
    expect(rest).toEqual([]);
    const lenient = await create(0.19);
    const [face, ...none] = lenient.detectInPicture(portrait);
    expect(none).toEqual([]);
    expect(intersectionOverUnion(face!.box, usual!.box)).toBeGreaterThan(0.95);
    expect(lenient.detect(portrait)).toHaveLength(1);
    const strict = await create(0.25);
    expect([strict.detectInPicture(portrait), strict.detect(portrait)]).toEqual([[], []]);
  });

  it('is detected near its last place, and not where there is no face', () => {
    const [{ box } = expect.fail('no face was found')] = detector.detect(portrait);
    const moved = { ...box, x: box.x + box.width * 0.2, y: box.y - box.height * 0.2 };
    const followed = detector.detectAt(portrait, moved);
    expect(intersectionOverUnion(followed?.box ?? moved, box)).toBeGreaterThan(0.85);
    expect(detector.detectAt(portrait, { x: 380, y: 20, width: 80, height: 80 })).toBeUndefined();
    expect(detector.detectAt(portrait, { x: 5000, y: -900, width: 80, height: 80 })).toBeUndefined();
  });

  it('may be cut by the border', async () => {
    const frame = await decode(sharp(PORTRAIT).extract({ left: 200, top: 60, width: 250, height: 300 }));
    const [face] = detector.detect(frame);
    expect(face?.box.x).toBe(0);
    expect(face?.box.width).toBeGreaterThan(50);
  });
});

interface Truth {
  readonly clear: readonly (readonly [x: number, y: number, width: number, height: number])[];
}
const FACES = join(PICTURES, 'faces.json');

describe.skipIf(!existsSync(FACES))(`group photographs (${PICTURES} is needed)`, () => {
  const pictures = existsSync(FACES)
    ? Object.entries(JSON.parse(readFileSync(FACES, 'utf8')) as Record<string, Truth | string>)
    : [];
  const named = pictures.filter((entry): entry is [string, Truth] => typeof entry[1] !== 'string');

  it.each(named)('detects every clear face of %s and nothing else', async (name, { clear }) => {
    const found = detector.detect(await decode(sharp(join(PICTURES, name))));
    const truths = clear.map(([x, y, width, height]): Box => ({ x, y, width, height }));
    for (const truth of truths) {
      expect(Math.max(0, ...found.map(({ box }) => intersectionOverUnion(box, truth)))).toBeGreaterThan(0.4);
    }
    expect(found).toHaveLength(truths.length);
  });
});

it.each(SEARCH_MODES)('the manifest states the cost of a search: mode %s', async (mode) => {
  const { cost } = manifest as {
    cost: {
      macsPerTile: number;
      tiles: Record<string, Record<string, number>>;
      tilesPerDetection: Record<string, number>;
    };
  };
  const { search, input, inputStep } = parseBlazeFaceContract(manifest, 'blazeface');
  const { graph } = await loadDetectorModel(files);
  expect(cost.macsPerTile).toBe(describeGraph(graph).macs);
  expect(cost.tilesPerDetection[mode]).toBe(search[mode].refinement.scales.length);
  for (const [size, count] of Object.entries(cost.tiles[mode] ?? {})) {
    const [width = NaN, height = NaN] = size.split('x').map(Number);
    const tiles = planTiles({ width, height }, search[mode], { side: input.width, step: inputStep });
    const pixels = tiles.reduce((sum, { inputWidth, inputHeight }) => sum + inputWidth * inputHeight, 0);
    expect(pixels / (input.width * input.height)).toBeCloseTo(count, 1);
  }
  expect(Object.keys(cost.tiles[mode] ?? {})).not.toEqual([]);
});

describe('refuses', () => {
  const refusal = (changes: Record<string, unknown>, bytes: Uint8Array = weights) =>
    expect(
      createBlazeFaceDetector({ model: { ...files, manifest: { ...manifest, ...changes }, weights: bytes } }),
    ).rejects;
  const search = manifest['search'] as Record<string, Record<string, unknown>>;

  const refinement = search['picture']?.['refinement'] as object;

  it.each<[string, Record<string, unknown>, string]>([
    ['another kind of model', { kind: 'other' }, 'kind must be one of'],
    [
      'a grey input',
      { input: { ...(manifest['input'] as object), channels: 1 } },
      'input.channels must be 3',
    ],
    [
      'another size',
      { input: { ...(manifest['input'] as object), width: 64 } },
      "the network's is 128×128×3",
    ],
    ['missing anchors', { anchors: [{ stride: 8, perCell: 2 }] }, '512 anchors need 16 each'],
    ['anchors that are none', { anchors: [{ stride: 0, perCell: 2 }] }, 'anchors[0].stride'],
    ['an output that is not there', { outputs: { boxes: 'b', scores: 's' } }, 'has no output "b"'],
    ['an unknown point', { keyPoints: ['chin'] }, 'keyPoints[0] must be one of rightEye'],
    ['too few points', { keyPoints: ['rightEye', 'leftEye'] }, 'keyPoints must be different names'],
    ['no search', { search: undefined }, 'search must be an object, got nothing'],
    [
      'a plan of tiny tiles',
      { search: { ...search, picture: { ...search['picture'], tileSide: 0.001 } } },
      'search.picture.tileSide must be a number from 0.1 to 1, got 0.001',
    ],
    [
      'second looks at inputs without whole cells',
      {
        search: {
          ...search,
          picture: { ...search['picture'], refinement: { ...refinement, inputSides: [72] } },
        },
      },
      'search.picture.refinement.inputSides[0] must be a multiple of 16, got 72',
    ],
    ['other bytes', { weights: { file: 'w', sha256: 'a'.repeat(64) } }, "the manifest's is aaaa"],
  ])('%s', async (_, changes, message) => {
    await refusal(changes).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(message) as string,
    });
  });

  it('truncated weights', async () => {
    await refusal({}, weights.subarray(0, 1000)).toMatchObject({ code: 'MODEL_INVALID' });
  });

  it('an unknown mode, naming the known ones', async () => {
    const mode = 'video' as (typeof SEARCH_MODES)[number];
    await expect(createBlazeFaceDetector({ model: files, mode })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'blazeface: mode must be one of picture, camera, got video',
    });
  });
});
