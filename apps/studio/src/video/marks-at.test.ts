import { expect, it } from 'vitest';
import type { Mark } from '../scene/marks.js';
import { marksAt } from './marks-at.js';

const mark = (key: number, x: number, text = 'happy'): Mark => ({
  key,
  box: { x, y: 0, width: 10, height: 10 },
  text,
  shortText: String(key),
  colour: 'red',
  isUnsure: false,
  isSelected: false,
  differs: false,
});
const moments = [
  { atMs: 0, marks: [mark(1, 0), mark(2, 100)] },
  { atMs: 200, marks: [mark(1, 50, 'sad')] },
];

it('moves boxes evenly between two readings, and shows what was read last', () => {
  expect(marksAt(moments, 100).map(({ key, box, text }) => [key, box.x, text])).toEqual([
    [1, 25, 'happy'],
    [2, 100, 'happy'],
  ]);
  expect(marksAt(moments, 200).map(({ box, text }) => [box.x, text])).toEqual([[50, 'sad']]);
});

it('shows nothing before the first reading, and no reading for longer than half a second', () => {
  expect(marksAt([{ atMs: 100, marks: [mark(1, 0)] }], 50)).toEqual([]);
  expect(marksAt(moments, 700)).toHaveLength(1);
  expect(marksAt(moments, 701)).toEqual([]);
});
