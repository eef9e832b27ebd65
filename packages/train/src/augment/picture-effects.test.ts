import { readFileSync } from 'node:fs';
import { createKernels } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../random.js';
import { NO_AUGMENTATION, ROBUST_AUGMENTATION, type Augmentation } from './augmentation.js';
import { createPictureEffects, drawChanges, randomOfEpoch, type PictureChanges } from './picture-effects.js';
import type { QualityLoss } from './quality.js';

const ALWAYS: Augmentation = {
  ...ROBUST_AUGMENTATION,
  photometric: { probability: 1, contrast: 0.3, brightness: 0.15, gamma: 0.4 },
  quality: { probability: 1, blurSigmaPx: 1, downscale: 0.5, noiseSigma: 8, jpegQuality: 30 },
  erasing: { probability: 1, minArea: 0.02, maxArea: 0.2, aspect: 0.3, fill: 'noise' },
};
const NO_LOSS: QualityLoss = {
  blurSigmaPx: 0,
  downscale: 1,
  noiseSigma: 0,
  noiseKeys: [1, 2],
  jpegQuality: undefined,
};

async function applyChanges(
  picture: ArrayLike<number>,
  [width, height]: readonly [number, number],
  changes: PictureChanges,
): Promise<Float32Array> {
  const kernels = await createKernels();
  const at = kernels.allocate(picture.length * 4);
  const effects = createPictureEffects(kernels, { width, height });
  kernels.f32(at, picture.length).set(picture);
  effects.apply(at, changes);
  return kernels.f32(at, picture.length).slice();
}

describe('drawChanges', () => {
  const random = createRandom(3).fork(17);

  it('is undefined when every kind is off or not applied', () => {
    expect(drawChanges(NO_AUGMENTATION, random)).toBeUndefined();
    const spared = { ...NO_AUGMENTATION, erasing: { ...ALWAYS.erasing!, probability: 0 } };
    expect(drawChanges(spared, random)).toBeUndefined();
  });

  it.each(['photometric', 'quality', 'erasing'] as const)(
    'leaves the other kinds unchanged without %s',
    (kind) => {
      const full = drawChanges(ALWAYS, random);
      const without = drawChanges({ ...ALWAYS, [kind]: null }, random);
      const key = kind === 'erasing' ? 'erased' : kind;
      expect(without?.[key]).toBeUndefined();
      for (const other of ['photometric', 'quality'] as const) {
        if (other !== kind) expect(without?.[other]).toEqual(full?.[other]);
      }
      if (kind !== 'erasing') expect(without?.erased?.rectangle).toEqual(full?.erased?.rectangle);
    },
  );

  it('depends only on seed, epoch and row, not on earlier draws', () => {
    const draw = (seed: number, epoch: number, row: number, before = 0): unknown => {
      const ofRow = randomOfEpoch(createRandom(seed), epoch).fork(row);
      for (let i = 0; i < before; i++) ofRow.uniform();
      const drawn = drawChanges(ALWAYS, ofRow);
      return [drawn?.photometric, drawn?.quality, drawn?.erased?.rectangle];
    };
    expect(draw(1, 2, 3, 5)).toEqual(draw(1, 2, 3));
    expect(draw(2, 2, 3)).not.toEqual(draw(1, 2, 3));
    expect(draw(1, 3, 3)).not.toEqual(draw(1, 2, 3));
    expect(draw(1, 2, 4)).not.toEqual(draw(1, 2, 3));
  });
});

describe('createPictureEffects', () => {
  const size = [30, 22] as const;
  const picture = Float32Array.from(
    { length: 30 * 22 },
    (_, i) => 120 + 90 * Math.sin(i / 9) * Math.cos(i / 31),
  );

  it('leaves a picture unchanged at zero strength', async () => {
    expect(await applyChanges(picture, size, { quality: NO_LOSS })).toEqual(picture);
  });

  it('changes contrast around the mean of the picture', async () => {
    const mean = picture.reduce((sum, value) => sum + value, 0) / picture.length;
    const y = await applyChanges(picture, size, { photometric: { contrast: 0.6, brightness: 10, gamma: 1 } });
    y.forEach((value, i) => expect(value).toBeCloseTo(mean + 0.6 * (picture[i]! - mean) + 10, 3));
  });

  it('downscales to the mean of 2×2 pixels and upscales between their centres', async () => {
    const y = await applyChanges(picture, size, { quality: { ...NO_LOSS, downscale: 0.5 } });
    const small = (x: number, y: number): number => {
      const at = Math.min(10, Math.max(0, y)) * 60 + Math.min(14, Math.max(0, x)) * 2;
      return (picture[at]! + picture[at + 1]! + picture[at + 30]! + picture[at + 31]!) / 4;
    };
    y.forEach((value, i) => {
      const [x, row] = [i % 30, Math.floor(i / 30)];
      // An output pixel lies a quarter from the nearer centre, before it at even places and after it at odd ones.
      const [left, top] = [Math.floor((x - 1) / 2), Math.floor((row - 1) / 2)];
      const [fx, fy] = [x % 2 === 0 ? 0.75 : 0.25, row % 2 === 0 ? 0.75 : 0.25];
      const upper = small(left, top) * (1 - fx) + small(left + 1, top) * fx;
      const lower = small(left, top + 1) * (1 - fx) + small(left + 1, top + 1) * fx;
      expect(value).toBeCloseTo(upper * (1 - fy) + lower * fy, 3);
    });
  });

  it('blurs a point to a Gaussian, horizontally and vertically', async () => {
    const point = new Float32Array(30 * 22);
    point[11 * 30 + 15] = 200;
    const y = await applyChanges(point, size, { quality: { ...NO_LOSS, blurSigmaPx: 1.2 } });
    const curve = [0, 1, 2, 3, 4].map((i) => Math.exp(-0.5 * (i / 1.2) ** 2));
    const sum = curve.reduce((total, value) => total + value, 0) * 2 - 1;
    for (const [dx, across] of curve.entries()) {
      for (const [dy, down] of curve.entries()) {
        const expected = (200 * across * down) / sum ** 2;
        expect(y[(11 + dy) * 30 + 15 - dx]).toBeCloseTo(expected, 4);
        expect(y[(11 - dy) * 30 + 15 + dx]).toBeCloseTo(expected, 4);
      }
    }
  });

  it('adds noise of the given strength, different for different keys', async () => {
    const grey = new Float32Array(48 * 48).fill(120);
    const noise = (noiseKeys: readonly [number, number]) =>
      applyChanges(grey, [48, 48], { quality: { ...NO_LOSS, noiseSigma: 6, noiseKeys } });
    const [first, second] = [await noise([1, 2 ** 32 - 1]), await noise([2, 2 ** 32 - 1])];
    const deviation = Math.sqrt(first.reduce((sum, value) => sum + (value - 120) ** 2, 0) / first.length);
    expect(Math.abs(deviation / 6 - 1)).toBeLessThan(5 / Math.sqrt(2 * first.length));
    expect(second).not.toEqual(first);
    expect(await noise([1, 2 ** 32 - 1])).toEqual(first);
  });

  it('applies light, lens, noise, JPEG and erasing in this order', async () => {
    const photometric = { contrast: 1.2, brightness: -15, gamma: 1.3 };
    const quality = { ...NO_LOSS, blurSigmaPx: 0.8, downscale: 0.6, noiseSigma: 7, jpegQuality: 40 };
    const rectangle = { left: 0.2, top: 0.3, width: 0.4, height: 0.4, fill: 'noise' } as const;
    const erased = () => ({ rectangle, noise: createRandom(9) });
    const steps: PictureChanges[] = [
      { photometric },
      { quality: { ...NO_LOSS, blurSigmaPx: 0.8 } },
      { quality: { ...NO_LOSS, downscale: 0.6 } },
      { quality: { ...NO_LOSS, noiseSigma: 7 } },
      { quality: { ...NO_LOSS, jpegQuality: 40 } },
      { erased: erased() },
    ];
    let expected = picture;
    for (const step of steps) expected = new Float32Array(await applyChanges(expected, size, step));
    const actual = await applyChanges(picture, size, { photometric, quality, erased: erased() });
    expect(actual).toEqual(expected);
    expect(actual.every((value) => value >= 0 && value <= 255)).toBe(true);
  });
});

describe('JPEG against libjpeg', () => {
  const golden = JSON.parse(readFileSync(new URL('golden/jpeg.json', import.meta.url), 'utf8')) as {
    readonly width: number;
    readonly height: number;
    readonly picture: readonly number[];
    readonly decoded: Readonly<Record<string, readonly number[]>>;
  };

  it.each(Object.keys(golden.decoded))('agrees at quality %s', async (quality) => {
    const { picture, width, height } = golden;
    const expected = golden.decoded[quality]!;
    const loss = { ...NO_LOSS, jpegQuality: Number(quality) };
    const actual = await applyChanges(picture, [width, height], { quality: loss });
    const differences = expected.map((value, i) => Math.abs(value - actual[i]!));
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    // libjpeg computes with integers and sometimes rounds a coefficient to the other multiple, which changes one block;
    // all other blocks differ in a pixel or two at most.
    expect(mean).toBeLessThan(0.5);
    expect(differences.filter((value) => value === 0).length / differences.length).toBeGreaterThan(0.7);
  });
});
