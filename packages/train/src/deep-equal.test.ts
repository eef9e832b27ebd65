import { describe, expect, it } from 'vitest';
import { deepEqual } from './deep-equal.js';

const VALUE = { a: [1, { b: null, c: undefined }], d: 'e', f: [], g: NaN };

describe('deepEqual', () => {
  it('is true for equal parts, in any order of keys', () => {
    expect(deepEqual(VALUE, { g: NaN, f: [], d: 'e', a: [1, { c: undefined, b: null }] })).toBe(true);
  });

  it.each([
    [{ ...VALUE, d: 'f' }],
    [{ ...VALUE, f: {} }],
    [{ ...VALUE, a: [1, { b: null }] }],
    [{ ...VALUE, a: [1, { b: null, x: undefined }] }],
    [{ ...VALUE, a: [1, { b: undefined, c: undefined }] }],
    [{ ...VALUE, a: [1] }],
    [{ ...VALUE, g: 0 }],
    [{ ...VALUE, h: 1 }],
    [null],
    ['x'],
  ])('is false for %j', (other) => {
    expect(deepEqual(VALUE, other)).toBe(false);
    expect(deepEqual(other, VALUE)).toBe(false);
  });
});
