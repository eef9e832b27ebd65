import { expect, it } from 'vitest';
import { takeTrainingSplit } from './training-split.js';

const take = (...paths: string[]) => {
  const files = paths.map((path) => ({ path, file: new File([], path.split('/').at(-1) ?? '') }));
  const { taught, leftOut } = takeTrainingSplit(files);
  return { taught: taught.map(({ path }) => path), leftOut: Object.fromEntries(leftOut) };
};

it('leaves out what is to measure, where there is a training split', () => {
  expect(take('f/train/sad/1.png', 'f/test/sad/2.png', 'f/test/sad/.x', 'f/val/sad/3.png')).toEqual({
    taught: ['f/train/sad/1.png'],
    leftOut: { test: 1, val: 1 },
  });
});

it.each([['f/sad/1.png'], ['test/sad/1.png'], ['f/test/1.png']])(
  'takes all where there is none: %s',
  (path) => {
    expect(take(path)).toEqual({ taught: [path], leftOut: {} });
  },
);
