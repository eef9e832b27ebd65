import { describe, expect, it } from 'vitest';
import { splitByPerson } from './split-by-person.js';

const people = (count: number): Set<string> => new Set(Array.from({ length: count }, (_, i) => `S${i}`));
const sizes = (count: number): number[] => {
  const splits = [...splitByPerson(people(count)).values()];
  return ['train', 'validation', 'test'].map((name) => splits.filter((split) => split === name).length);
};

describe('splitByPerson', () => {
  it('holds out 15 % for validation and for testing, at least one person each', () => {
    expect([3, 10, 70, 118].map(sizes)).toEqual([[1, 1, 1], [6, 2, 2], [48, 11, 11], [82, 18, 18]]); // prettier-ignore
  });

  it('keeps one or two people in the training split', () => {
    expect([1, 2].map(sizes)).toEqual([[1, 0, 0], [2, 0, 0]]); // prettier-ignore
  });

  it('does not depend on the order of people', () => {
    const backwards = new Set([...people(20)].reverse());
    expect([...splitByPerson(backwards)].sort()).toEqual([...splitByPerson(people(20))].sort());
  });
});
