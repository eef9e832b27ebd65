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
  others: [
    {
      model: { id: 'o', name: 'other', labels: ['glad', 'sad', 'odd'] },
      frames: [
        {
          ...FRAME,
          faces: [
            {
              ...FRAME.faces[0]!,
              expression: 'glad',
              probabilities: { glad: 0.5, sad: 0.375, odd: 0.125 },
            },
          ],
        },
      ],
      results: [undefined],
    },
  ],
  detector: 'd',
  names: [[3, 'Ada']],
  hidden: [4],
  merged: [[5, 3]],
  marks: [{ atMs: 200, note: 'a smile' }],
  frames: [FRAME, { ...FRAME, timestampMs: 400 }],
  pictures: [],
  crops: [[{ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 255) }], [undefined]],
  posters: [{ atMs: 200, data: '/9j/' }],
};

describe('a session file', () => {
  it('gives back what was saved', () => {
    expect(parseSessionFile(toSessionFile(SESSION))).toEqual(SESSION);
  });

  it('is read if it is of a version without small pictures and compared models', () => {
    const before = { ...(JSON.parse(toSessionFile(SESSION)) as Record<string, unknown>) };
    delete before['crops'];
    delete before['posters'];
    delete before['others'];
    expect(parseSessionFile(JSON.stringify(before))).toEqual({
      ...SESSION,
      others: [],
      crops: [],
      posters: [],
    });
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
    [
      'with a compared model that lacks a probability',
      (text: string) => text.replace('"odd":0.125', '"x":1'),
    ],
    ['with a compared model without labels', (text: string) => text.replace('["glad","sad","odd"]', '[]')],
    ['with times that go back', (text: string) => text.replace('"timestampMs":400', '"timestampMs":100')],
    [
      'with a crop of another size',
      (text: string) => text.replace('"width":2,"height":1', '"width":2,"height":2'),
    ],
    ['with a crop that is no base64', (text: string) => text.replace('"data":"AP8="', '"data":"?"')],
    ['with a huge crop', (text: string) => text.replace('"width":2,"height":1', '"width":2e9,"height":1')],
    [
      'with a poster without a time',
      (text: string) => text.replace('"posters":[{"atMs":200', '"posters":[{"atMs":null'),
    ],
    ['without boxes', (text: string) => text.replaceAll('"box"', '"bax"')],
  ])('is refused when it is %s', (_, damage) => {
    expect(() => parseSessionFile(damage(toSessionFile(SESSION)))).toThrow(/^session: /);
  });
});
