import { describe, expect, it } from 'vitest';
import { makeFrameResult, type SyntheticFace } from '../testing/make-frame-results.js';
import { ExampleChooser } from './choose-examples.js';

const face = (probability: number, over: Partial<SyntheticFace> = {}): SyntheticFace => ({
  id: 1,
  read: { calm: probability, glad: 1 - probability },
  ...over,
});
const choose = (faces: readonly SyntheticFace[]) => {
  const chooser = new ExampleChooser();
  return faces.map((one, index) => chooser.choose(makeFrameResult(index * 100, [one])).length);
};

describe('ExampleChooser', () => {
  it.each<[string, SyntheticFace]>([
    ['unsure', face(0.9, { unsure: true })],
    ['not confirmed', { read: { calm: 0.9, glad: 0.1 } }],
    ['read otherwise than it is shown', face(0.9, { smoothed: { calm: 0.1, glad: 0.9 } })],
  ])('passes over a face that is %s', (_, one) => {
    expect(choose([one])).toEqual([0]);
  });

  it('takes what is surer than anything before it, of each expression and person', () => {
    expect(choose([face(0.6), face(0.59), face(0.61), face(0.7), face(0.2), face(0.1)])).toEqual([
      1, 0, 0, 1, 1, 1,
    ]);
    const chooser = new ExampleChooser();
    expect(chooser.choose(makeFrameResult(0, [face(0.9), face(0.6, { id: 2 })]))).toEqual([0, 1]);
    expect(chooser.choose(makeFrameResult(1, [face(0.9), face(0.7, { id: 2 })]))).toEqual([1]);
  });

  it('takes few pictures however long it goes on', () => {
    const rising = Array.from({ length: 10_000 }, (_, index) => face(0.5 + index / 20_000));
    expect(choose(rising).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(17);
  });

  it('takes every face of a picture', () => {
    const faces = [face(0.9), face(0.5, { unsure: true })];
    expect(new ExampleChooser().choose(makeFrameResult(undefined, faces))).toEqual([0, 1]);
  });
});
