import { describe, expect, it } from 'vitest';
import type { FrameResult } from '../frame-result.js';
import { GOOD_QUALITY } from '../testing/good-quality.js';
import { createListFormatter } from './list.js';
import { PLAIN_LAYOUT } from './text-layout.js';

const FACE = {
  box: { x: 183.4, y: 69, width: 132, height: 130.6 },
  score: 15,
  probabilities: { sad: 0.0625, happy: 0.9375, neutral: 0 },
  expression: 'happy',
  quality: GOOD_QUALITY,
  unsure: false,
};
const PICTURE: FrameResult = {
  source: 'a.png',
  width: 512,
  height: 384,
  model: 'mini-xception',
  detector: 'haar',
  faces: [FACE, { ...FACE, unsure: true, probabilities: { sad: 0.351, happy: 0.625, neutral: 0.024 } }],
};
const { add, end } = createListFormatter(PLAIN_LAYOUT);

describe('the list', () => {
  it('has one line for each face of a picture, with the reason where it is unsure', () => {
    expect(add(PICTURE) + end()).toBe(
      'a.png  1  happy 94 %  at 183,69  132×131\n' +
        'a.png  2  happy 63 %  at 183,69  132×131  unsure: happy leads sad by only 27.4 points\n',
    );
  });

  it('shows time, id and smoothed reading of a followed face', () => {
    const smoothed = {
      ...FACE,
      probabilities: { sad: 0.9, happy: 0.1, neutral: 0 },
      expression: 'sad',
      sinceMs: 0,
    };
    const faces = [{ ...FACE, id: 7, smoothed }, FACE];
    expect(add({ ...PICTURE, timestampMs: 200, faces })).toBe(
      'a.png  0:00.200  7  sad 90 %  at 183,69  132×131\na.png  0:00.200  ·  happy 94 %  at 183,69  132×131\n',
    );
  });

  it('has a line for a picture without a face, and prints no control characters', () => {
    expect(add({ ...PICTURE, source: 'a\u001b.png', faces: [] })).toBe('a?.png  no face\n');
  });
});
