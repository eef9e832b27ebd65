import type { Analysis } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { parseSessionFile, toSessionFile, type Session } from './session-file.js';

const FRAME = {
  width: 640,
  height: 480,
  timestampMs: 200,
  model: 'm',
  detector: 'd',
  faces: [
    {
      id: 3,
      box: { x: 1, y: 2, width: 3, height: 4 },
      score: 0.9,
      expression: 'happy',
      probabilities: { happy: 0.75, sad: 0.25 },
      quality: { verdict: 'good', measures: {} },
      unsure: false,
    },
  ],
} as unknown as Analysis;

const SESSION: Session = {
  kind: 'video',
  name: 'talk.webm',
  durationMs: 4000,
  width: 640,
  height: 480,
  model: { id: 'm', name: 'mine', labels: ['happy', 'sad'] },
  detector: 'd',
  names: [[3, 'Ada']],
  hidden: [4],
  merged: [[5, 3]],
  marks: [{ atMs: 200, note: 'a smile' }],
  frames: [FRAME, { ...FRAME, timestampMs: 400 }],
  pictures: [],
};

describe('a session file', () => {
  it('gives back what was saved', () => {
    expect(parseSessionFile(toSessionFile(SESSION))).toEqual(SESSION);
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, -20)],
    ['of another kind', () => '{"faces": []}'],
    ['of a later version', (text: string) => text.replace('"version":1', '"version":2')],
    ['with a probability that is no number', (text: string) => text.replace('0.75', 'null')],
    [
      'with an expression that the model does not have',
      (text: string) => text.replace('"happy","prob', '"x","prob'),
    ],
    ['with times that go back', (text: string) => text.replace('"timestampMs":400', '"timestampMs":100')],
    ['without boxes', (text: string) => text.replaceAll('"box"', '"bax"')],
  ])('is refused when it is %s', (_, damage) => {
    expect(() => parseSessionFile(damage(toSessionFile(SESSION)))).toThrow(/^session: /);
  });
});
