/** Corruptions are frozen: figures of different dates are only comparable while pictures become worse in the same way. */
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { corrupt, CORRUPTION_LEVELS, CORRUPTIONS } from './corruptions.js';

/** See docs/LOG.md, "Corruptions: middle strengths by the published checkpoint". */
const FROZEN = {
  darkness: [0.6, 0.36, 0.18],
  brightness: [1.3, 1.56, 2.5],
  contrast: [0.5, 0.31, 0.15],
  noise: [12, 26.5, 40],
  blur: [1.2, 2.05, 3],
  'low-resolution': [24, 16, 12],
  'side-light': [0.4, 0.65, 0.9],
  occlusion: [0.45, 0.67, 0.9],
  rotation: [12, 22, 35],
  shift: [0.02, 0.035, 0.1],
  jpeg: [30, 15, 7],
};

/** First digits of the SHA-256 of twelve synthetic faces at middle strength with the default seed. */
const PIXELS = {
  darkness: 'ee13bc2c65b0bab7',
  brightness: '9fedd66c015ea032',
  contrast: '922489dbeb47f958',
  noise: 'eae2fc44306fcfc4',
  blur: '8b130e41100be211',
  'low-resolution': '6302cb6b44f72a3d',
  'side-light': '44d95c53d25322d5',
  occlusion: '1cd3342ddfdcd134',
  rotation: '2e7d98a9de4e3fe7',
  shift: 'e46cd568ba59ff4c',
  jpeg: 'aef56db0dad5625c',
};

it('keeps the strengths', () => {
  const levels = CORRUPTIONS.map((kind) => [kind, Object.values(CORRUPTION_LEVELS[kind])]);
  expect(Object.fromEntries(levels)).toEqual(FROZEN);
  expect(CORRUPTIONS).toEqual(Object.keys(FROZEN));
});

it.each(CORRUPTIONS)('makes the same pixels with the default seed: %s', (kind) => {
  const change = corrupt(kind, CORRUPTION_LEVELS[kind].middle);
  const hash = createHash('sha256');
  for (let face = 0; face < 12; face++) {
    const data = Uint8Array.from({ length: 48 * 48 }, (_, i) => {
      const [x, y] = [i % 48, Math.floor(i / 48)];
      return 40 + ((x * (face + 3) + y * 5 + ((x * y) >> 4)) % 170);
    });
    hash.update(change({ data, width: 48, height: 48 }, face).data);
  }
  expect(hash.digest('hex').slice(0, 16)).toBe(PIXELS[kind]);
});
