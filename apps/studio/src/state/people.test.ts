import { beforeEach, describe, expect, it } from 'vitest';
import {
  forgetPeople,
  hiddenKeys,
  merge,
  nameOf,
  personOf,
  rename,
  separate,
  toggleHidden,
} from './people.js';

describe('merging people', () => {
  beforeEach(forgetPeople);

  it('follows chains of merged numbers, and takes the name along', () => {
    rename(1, 'Ada');
    merge(1, 2);
    merge(2, 5);
    expect([1, 2, 5, 7].map(personOf)).toEqual([5, 5, 5, 7]);
    expect(nameOf(5)).toBe('Ada');
  });

  it('keeps the name of the person that stays', () => {
    rename(1, 'Ada');
    rename(2, 'Grace');
    merge(1, 2);
    expect(nameOf(personOf(1))).toBe('Grace');
  });

  it('never shows a face that was hidden', () => {
    toggleHidden(1);
    merge(1, 2);
    expect(hiddenKeys.value.has(personOf(1))).toBe(true);
  });

  it('can be taken back', () => {
    merge(1, 2);
    separate(2);
    expect(personOf(1)).toBe(1);
  });
});
