import { createKernels } from '@mien/core/nn';
import { describe, expect, it } from 'vitest';
import { NO_AUGMENTATION, PAPER_AUGMENTATION, ROBUST_AUGMENTATION } from '../augment/augmentation.js';
import { drawDistortion, toAffineMatrix } from '../augment/affine.js';
import { randomOfEpoch } from '../augment/picture-effects.js';
import { createRandom } from '../random.js';
import { createBatchInputs, type BatchInputs } from './batch-inputs.js';
import { imageOf, type Dataset } from './dataset.js';

const SIDE = 48;
const COUNT = 10;
const dataset: Dataset = {
  count: COUNT,
  width: SIDE,
  height: SIDE,
  images: Uint8Array.from({ length: COUNT * SIDE * SIDE }, (_, i) => (i * i * 31 + i * 7) % 256),
  labels: new Uint8Array(COUNT),
  labelNames: ['a'],
  splits: new Uint8Array(COUNT),
  splitNames: ['train'],
};
const CONTRACT = { inputShape: [SIDE, SIDE, 1], inputRange: [-1, 1] } as const;
const rows = (...values: number[]): Uint32Array => Uint32Array.from(values);
/** float32 arithmetic in [−1, 1], less than a two-thousandth of one of the 256 grey steps. */
const TOLERANCE = 4e-6;

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (const [i, value] of expected.entries()) worst = Math.max(worst, Math.abs((actual[i] ?? NaN) - value));
  expect(worst).toBeLessThanOrEqual(TOLERANCE);
}

const scaled = (row: number): number[] => Array.from(imageOf(dataset, row), (value) => (value / 255) * 2 - 1);

describe('createBatchInputs', () => {
  it('returns the requested rows in order, scaled to the input range', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, 4);
    expectClose(data.plain(rows(7, 0, 7)), [...scaled(7), ...scaled(0), ...scaled(7)]);
  });

  it('equals the plain picture at zero strength', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, 4);
    expectClose(data.augmented(rows(3, 9), NO_AUGMENTATION, createRandom(1)), [...scaled(3), ...scaled(9)]);
  });

  it('enlarges bilinearly between half-pixel centres, as cv2.resize does, with and without augmentation', async () => {
    const side = 64;
    const data = await createBatchInputs(dataset, { ...CONTRACT, inputShape: [side, side, 1] }, 2);
    const picture = imageOf(dataset, 5);
    const at = (x: number, y: number): number => picture[y * SIDE + x] ?? NaN;
    const place = (i: number): [number, number, number] => {
      const position = Math.min(SIDE - 1, Math.max(0, ((i + 0.5) * SIDE) / side - 0.5));
      const low = Math.floor(position);
      return [low, Math.min(SIDE - 1, low + 1), position - low];
    };
    const greys = Array.from({ length: side * side }, (_, i) => {
      const [x0, x1, fx] = place(i % side);
      const [y0, y1, fy] = place(Math.floor(i / side));
      return (
        (at(x0, y0) * (1 - fx) + at(x1, y0) * fx) * (1 - fy) + (at(x0, y1) * (1 - fx) + at(x1, y1) * fx) * fy
      );
    });
    const toRange = (grey: number): number => (grey / 255) * 2 - 1;
    expectClose(data.augmented(rows(5), NO_AUGMENTATION, createRandom(1)), greys.map(toRange));
    // plain() rounds to integers.
    expectClose(
      data.plain(rows(5)),
      greys.map((grey) => toRange(Math.floor(grey + 0.5))),
    );
  });

  it.each([
    ['geometry', PAPER_AUGMENTATION],
    ['all kinds', ROBUST_AUGMENTATION],
  ])(
    'augments a row the same in any batch, and differently in another epoch, row or seed: %s',
    async (_, kinds) => {
      const data = await createBatchInputs(dataset, CONTRACT, 4);
      const size = SIDE * SIDE;
      const augment = (batch: Uint32Array, index: number, seed = 1, epoch = 1): Float32Array =>
        data
          .augmented(batch, kinds, randomOfEpoch(createRandom(seed), epoch))
          .slice(index * size, (index + 1) * size);
      for (let row = 0; row < COUNT; row++) {
        const alone = augment(rows(row), 0);
        expect(augment(rows((row + 1) % COUNT, (row + 5) % COUNT, row), 2)).toEqual(alone);
        expect(augment(rows(row), 0)).toEqual(alone);
        expect(augment(rows(row), 0, 1, 2)).not.toEqual(alone);
        expect(augment(rows(row), 0, 2, 1)).not.toEqual(alone);
        expect(alone.every((value) => value >= -1 && value <= 1)).toBe(true);
      }
      expectClose(data.plain(rows(4)), scaled(4));
    },
  );

  it('is only the affine map, bit for bit, when other kinds are off or not applied', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, COUNT);
    const all = Uint32Array.from({ length: COUNT }, (_, row) => row);
    const random = randomOfEpoch(createRandom(4), 7);

    const kernels = await createKernels();
    const source = kernels.allocate(dataset.images.length);
    const matrices = kernels.allocate(COUNT * 24);
    const y = kernels.allocate(COUNT * SIDE * SIDE * 4);
    const size = { width: SIDE, height: SIDE };
    kernels.u8(source, dataset.images.length).set(dataset.images);
    for (const row of all) {
      const distortion = drawDistortion(PAPER_AUGMENTATION, random.fork(row));
      kernels.f32(matrices + row * 24, 6).set(toAffineMatrix(distortion, size, size));
    }
    kernels.exports.warpAffine(source, matrices, y, SIDE, SIDE, SIDE, SIDE, 2 / 255, -1, 0, COUNT);
    const expected = kernels.f32(y, COUNT * SIDE * SIDE);

    expect(data.augmented(all, PAPER_AUGMENTATION, random)).toEqual(expected);
    const spared = {
      ...PAPER_AUGMENTATION,
      photometric: { probability: 0, contrast: 1, brightness: 1, gamma: 1 },
      quality: { probability: 0, blurSigmaPx: 3, downscale: 0.2, noiseSigma: 30, jpegQuality: 5 },
      erasing: { probability: 0, minArea: 0.1, maxArea: 0.4, aspect: 0.3, fill: 'noise' as const },
    };
    expect(data.augmented(all, spared, random)).toEqual(expected);
  });

  it('repeats the grey value in the channels of a colour network', async () => {
    const grey = await createBatchInputs(dataset, CONTRACT, 3);
    const colour = await createBatchInputs(dataset, { ...CONTRACT, inputShape: [SIDE, SIDE, 3] }, 3);
    const batch = rows(2, 8);
    const thrice = (values: Float32Array): number[] =>
      Array.from(values).flatMap((value) => [value, value, value]);
    expect(Array.from(colour.plain(batch))).toEqual(thrice(grey.plain(batch)));
    const augmented = (data: BatchInputs) => data.augmented(batch, ROBUST_AUGMENTATION, createRandom(1));
    expect(Array.from(augmented(colour))).toEqual(thrice(augmented(grey)));
  });

  it('rejects too many rows and networks with two channels', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, 2);
    expect(() => data.plain(rows(1, 2, 3))).toThrow(/a batch has at most 2 rows, got 3/);
    await expect(
      createBatchInputs(dataset, { ...CONTRACT, inputShape: [48, 48, 2] }, 2),
    ).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });
});

describe('pictures of colours', () => {
  const [WIDTH, HEIGHT] = [5, 4];
  const colours: Dataset = {
    count: 2,
    width: WIDTH,
    height: HEIGHT,
    channels: 3,
    images: Uint8Array.from({ length: 2 * WIDTH * HEIGHT * 3 }, (_, i) => (i * 37 + 11) % 256),
    labels: new Uint8Array(2),
    labelNames: ['a'],
    splits: new Uint8Array(2),
    splitNames: ['train'],
  };
  const inputShape = [HEIGHT, WIDTH, 3];

  it('keep their channels', async () => {
    const data = await createBatchInputs(colours, { inputShape, inputRange: [0, 1] }, 2);
    const expected = Array.from(imageOf(colours, 1), (value) => value / 255);
    expectClose(data.plain(rows(1)), expected);
    expectClose(data.augmented(rows(1), NO_AUGMENTATION, createRandom(1)), expected);
  });

  it('are normalised as analyze does it, blue first if stated', async () => {
    const normalization = { mean: [0.1, 0.2, 0.3], std: [0.5, 1, 2], channelOrder: 'BGR' } as const;
    const data = await createBatchInputs(colours, { inputShape, inputRange: [0, 1], normalization }, 2);
    const pixels = imageOf(colours, 0);
    const expected = Array.from(pixels, (_, i) => {
      const channel = i % 3;
      return (
        (pixels[i - channel + 2 - channel]! / 255 - normalization.mean[channel]!) /
        normalization.std[channel]!
      );
    });
    expectClose(data.plain(rows(0)), expected);
  });

  it('are distorted alike in all channels', async () => {
    const grey = { ...colours, images: colours.images.map((_, i) => colours.images[i - (i % 3)]!) };
    const data = await createBatchInputs(grey, { inputShape, inputRange: [0, 255] }, 2);
    const values = data.augmented(rows(0, 1), PAPER_AUGMENTATION, randomOfEpoch(createRandom(4), 1));
    for (let at = 0; at < values.length; at += 3) {
      expect([values[at + 1], values[at + 2]]).toEqual([values[at], values[at]]);
    }
  });

  it('are grey for a network that reads grey', async () => {
    const data = await createBatchInputs(
      colours,
      { inputShape: [HEIGHT, WIDTH, 1], inputRange: [0, 255] },
      2,
    );
    const [red, green, blue] = imageOf(colours, 0);
    expect(data.plain(rows(0))[0]).toBe(Math.round(0.299 * red! + 0.587 * green! + 0.114 * blue!));
  });
});
