import { FER2013_LABELS } from '@mien/core';
import { describe, expect, it } from 'vitest';
import { seriesOf } from './series-of.js';

describe('the colour of a label', () => {
  it('is that of its expression in any model', () => {
    expect(FER2013_LABELS.map((label) => seriesOf(label, FER2013_LABELS))).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(seriesOf('sad', ['sad', 'happy'])).toBe(5);
  });

  it('is one that is free for labels of the own', () => {
    const all = ['thumb', 'happy', 'nod', 'wink'];
    expect(all.map((label) => seriesOf(label, all))).toEqual([1, 4, 2, 3]);
    const many = Array.from({ length: 10 }, (_, index) => `own ${index}`);
    expect(many.map((label) => seriesOf(label, many))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 1, 2]);
  });
});
