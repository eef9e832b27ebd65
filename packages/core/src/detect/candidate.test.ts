import { expect, it } from 'vitest';
import { toDetection } from './candidate.js';

const FRAME = { width: 100, height: 80, channels: 1, data: new Uint8Array(8000) } as const;
const NAMES = ['rightEye', 'leftEye', 'noseTip', 'mouth'] as const;
const points = [1, 2, 3, 4, 5, 6, 7, 8];

it.each([
  ['left', { x: -10, y: 20, width: 40, height: 40 }, { x: 0, y: 20, width: 30, height: 40 }],
  ['right', { x: 70, y: 20, width: 40, height: 40 }, { x: 70, y: 20, width: 30, height: 40 }],
  ['above', { x: 20, y: -10, width: 40, height: 40 }, { x: 20, y: 0, width: 40, height: 30 }],
  ['below', { x: 20, y: 50, width: 40, height: 40 }, { x: 20, y: 50, width: 40, height: 30 }],
  ['everywhere', { x: -5, y: -5, width: 200, height: 200 }, { x: 0, y: 0, width: 100, height: 80 }],
])('cuts a box at the border and keeps the whole of it, %s', (_, box, cut) => {
  const detection = toDetection({ box, score: 0.5, points }, NAMES, FRAME);
  expect(detection).toMatchObject({ box: cut, wholeBox: box, score: 0.5 });
});

it('has no whole box if the frame does not cut it', () => {
  const box = { x: 0, y: 0, width: 100, height: 80 };
  const detection = toDetection({ box, score: 0.5, points }, NAMES, FRAME);
  expect(detection.box).toEqual(box);
  expect(detection).not.toHaveProperty('wholeBox');
  expect(detection.keyPoints?.mouth).toEqual({ x: 7, y: 8 });
});
