import { describe, expect, it } from 'vitest';
import { corrupt, CORRUPTION_LEVELS, CORRUPTIONS, STRENGTHS } from './corruptions.js';
import type { GreyPicture } from './transform-rows.js';

/** A soft pattern of some contrast. */
const face: GreyPicture = {
  data: Uint8Array.from({ length: 48 * 48 }, (_, i) => {
    const [x, y] = [i % 48, Math.floor(i / 48)];
    return 120 + 50 * Math.sin(x / 5) * Math.cos(y / 7) + ((x * y) % 13);
  }),
  width: 48,
  height: 48,
};
const difference = (a: GreyPicture, b: GreyPicture): number =>
  a.data.reduce((sum, grey, i) => sum + Math.abs(grey - b.data[i]!), 0) / a.data.length;
const meanOf = ({ data }: GreyPicture): number => data.reduce((sum, grey) => sum + grey, 0) / data.length;
const deviationOf = (picture: GreyPicture): number => {
  const mean = meanOf(picture);
  return Math.sqrt(picture.data.reduce((sum, grey) => sum + (grey - mean) ** 2, 0) / picture.data.length);
};

describe.each(CORRUPTIONS)('%s', (name) => {
  const at = (level: number, seed?: number) => corrupt(name, level, seed)(face, 0);
  const levels = STRENGTHS.map((strength) => CORRUPTION_LEVELS[name][strength]);

  it('keeps the size, changes more at a higher strength, and leaves the original alone', () => {
    const before = face.data.slice();
    const differences = levels.map((level) => {
      const changed = at(level);
      expect([changed.width, changed.height, changed.data.length]).toEqual([48, 48, 48 * 48]);
      return difference(changed, face);
    });
    expect(differences[0]).toBeGreaterThan(0.5);
    expect(differences[1]).toBeGreaterThan(differences[0]!);
    expect(differences[2]).toBeGreaterThan(differences[1]!);
    expect(face.data).toEqual(before);
  });

  it('does the same to the same pixels under the same seed, wherever they are', () => {
    const transform = corrupt(name, levels[1]!);
    expect(transform(face, 0)).toEqual(transform({ ...face, data: face.data.slice() }, 77));
    expect(at(levels[1]!)).toEqual(transform(face, 0));
  });
});

it.each(['noise', 'occlusion', 'side-light', 'rotation', 'shift'] as const)(
  '%s depends on the seed',
  (name) => {
    const level = CORRUPTION_LEVELS[name].middle;
    const results = new Set(
      [1, 2, 3, 4, 5, 6].map((seed) => corrupt(name, level, seed)(face, 0).data.join()),
    );
    expect(results.size).toBeGreaterThan(1);
  },
);

it('is what it says', () => {
  const at = (name: (typeof CORRUPTIONS)[number], level: number) => corrupt(name, level)(face, 0);
  expect(meanOf(at('darkness', 0.5)) / meanOf(face)).toBeCloseTo(0.5, 2);
  expect(Math.max(...at('brightness', 3).data)).toBe(255);
  expect(deviationOf(at('contrast', 0.25)) / deviationOf(face)).toBeCloseTo(0.25, 1);
  expect(meanOf(at('contrast', 0.25))).toBeCloseTo(meanOf(face), 0);
  const flat = { ...face, data: new Uint8Array(48 * 48).fill(128) };
  expect(deviationOf(corrupt('noise', 12)(flat, 0))).toBeCloseTo(12, 0);
  expect(corrupt('blur', 3)(flat, 0)).toEqual(flat);
  expect(corrupt('low-resolution', 16)(flat, 0)).toEqual(flat);
  expect(corrupt('jpeg', 10)(flat, 0)).toEqual(flat);
  // One side is lit as much as the other is dark.
  expect(meanOf(corrupt('side-light', 0.8)(flat, 0))).toBeCloseTo(128, 0);
});
