import { describe, expect, it } from 'vitest';
import { PAPER_AUGMENTATION } from '../augment/augmentation.js';
import { createRandom } from '../random.js';
import { createBatchInputs } from './batch-inputs.js';
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
const STILL = { rotationDeg: 0, shift: 0, zoom: 0, horizontalFlip: false };
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
  it('gives rows in the order asked for, scaled to the input range', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, 4);
    expectClose(data.plain(rows(7, 0, 7)), [...scaled(7), ...scaled(0), ...scaled(7)]);
  });

  it('is the plain picture at zero strength', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, 4);
    expectClose(data.augmented(rows(3, 9), STILL, createRandom(1)), [...scaled(3), ...scaled(9)]);
  });

  it('enlarges bilinearly between half-pixel centres, as cv2.resize does, on both ways', async () => {
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
    expectClose(data.augmented(rows(5), STILL, createRandom(1)), greys.map(toRange));
    // A picture of that size holds whole greys.
    expectClose(
      data.plain(rows(5)),
      greys.map((grey) => toRange(Math.floor(grey + 0.5))),
    );
  });

  it('distorts a row the same in any batch, and differently in another epoch, row or seed', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, 4);
    const size = SIDE * SIDE;
    const epoch = (seed: number, number: number) => createRandom(seed).fork('augmentation').fork(number);
    const look = (batch: Uint32Array, index: number, seed = 1, number = 1): Float32Array =>
      data.augmented(batch, PAPER_AUGMENTATION, epoch(seed, number)).slice(index * size, (index + 1) * size);
    const alone = look(rows(4), 0);
    expect(look(rows(8, 1, 4), 2)).toEqual(alone);
    expect(look(rows(4), 0)).toEqual(alone);
    expect(look(rows(4), 0, 1, 2)).not.toEqual(alone);
    expect(look(rows(4), 0, 2, 1)).not.toEqual(alone);
    expect(alone.every((value) => value >= -1 && value <= 1)).toBe(true);
    expectClose(data.plain(rows(4)), scaled(4));
  });

  it('refuses more rows than fit and networks that do not read grey pictures', async () => {
    const data = await createBatchInputs(dataset, CONTRACT, 2);
    expect(() => data.plain(rows(1, 2, 3))).toThrow(/a batch of 3 rows was asked for, at most 2 fit/);
    await expect(
      createBatchInputs(dataset, { ...CONTRACT, inputShape: [48, 48, 3] }, 2),
    ).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });
});
