import { describe, expect, it } from 'vitest';
import type { InputContract } from '../model/input-contract.js';
import { createTestRandom } from '../testing/test-random.js';
import { measureLight } from './measure-light.js';
import { NORMAL_SIDE, normalizeCrop } from './normalize-crop.js';

const INPUT: InputContract = { width: 48, height: 48, channels: 1, range: [0, 1] };
const square = (at: (x: number, y: number) => number) =>
  Float32Array.from({ length: NORMAL_SIDE ** 2 }, (_, i) => at(i % NORMAL_SIDE, Math.floor(i / NORMAL_SIDE)));

/** Smooth shapes with some fine detail. */
const face = square(
  (x, y) => 0.5 + 0.2 * Math.sin(x / 5) * Math.cos(y / 7) + 0.05 * ((x * 7 + y * 13) % 3) - 0.05,
);

describe('measureLight', () => {
  it('has no contrast or sharpness for a plain picture, also with rounding noise', () => {
    expect(measureLight(square(() => 0.25))).toEqual({ brightness: 0.25, contrast: 0, sharpness: 0 });
    const random = createTestRandom(1);
    expect(measureLight(square(() => 0.25 + 0.002 * random())).sharpness).toBe(0);
  });

  it('has brightness and contrast 0.5 for half black, half white', () => {
    const { brightness, contrast } = measureLight(square((x) => (x < 24 ? 0 : 1)));
    expect([brightness, contrast]).toEqual([0.5, 0.5]);
  });

  it('has as sharpness the variance of the Laplacian over that of the picture', () => {
    // sin(ωx) has the Laplacian 2(cos ω − 1) sin(ωx); the inner pixels hold whole periods, up to the border.
    const omega = (2 * Math.PI) / 8;
    const { sharpness } = measureLight(square((x) => 0.5 + 0.3 * Math.sin(omega * x)));
    expect(sharpness / (4 * (Math.cos(omega) - 1) ** 2)).toBeCloseTo(1, 1);
  });

  it('has the same sharpness in dim light as in bright light', () => {
    const dim = measureLight(face.map((value) => 0.1 * value));
    expect(dim.sharpness).toBeCloseTo(measureLight(face).sharpness, 4);
    expect(dim.contrast).toBeCloseTo(0.1 * measureLight(face).contrast, 6);
  });
});

describe('normalizeCrop', () => {
  it('maps the range to 0…1, also an inverted one', () => {
    const crop = face.map((value) => 2 * value - 1);
    const same = normalizeCrop(crop, { ...INPUT, range: [-1, 1] });
    same.forEach((value, i) => expect(value).toBeCloseTo(face[i] ?? NaN, 6));
    const flipped = normalizeCrop(face, { ...INPUT, range: [1, 0] });
    expect(flipped[100]).toBeCloseTo(1 - (face[100] ?? NaN), 6);
  });

  it('weights colours as ITU-R BT.601', () => {
    const crop = new Float32Array(48 * 48 * 3).map((_, i) => [0.2, 0.4, 0.6][i % 3] ?? 0);
    const grey = normalizeCrop(crop, { ...INPUT, channels: 3 });
    expect(grey[7]).toBeCloseTo(0.2 * 0.299 + 0.4 * 0.587 + 0.6 * 0.114, 6);
  });

  it.each([
    [96, 96],
    [64, 80],
    [100, 48],
    [7, 5],
    [1, 1],
  ])('resamples %i×%i to 48×48 with the same mean and orientation', (width, height) => {
    const at = (x: number, y: number) => (x + 0.5) / width + (2 * (y + 0.5)) / height;
    const crop = Float32Array.from({ length: width * height }, (_, i) =>
      at(i % width, Math.floor(i / width)),
    );
    const grey = normalizeCrop(crop, { ...INPUT, width, height });
    expect(grey).toHaveLength(48 * 48);
    expect(grey.reduce((sum, value) => sum + value, 0) / grey.length).toBeCloseTo(1.5, 4);
    if (width > 1) expect(grey[47] ?? NaN).toBeGreaterThan(grey[0] ?? NaN);
    if (height > 1) expect(grey[47 * 48] ?? NaN).toBeGreaterThan(grey[47] ?? NaN);
  });
});
