import { expect, it } from 'vitest';
import { halfToFloat32, halvesToFloat32, toHalfBits } from './half-float.js';

it.each([
  [0x0000, 0],
  [0x8000, -0],
  [0x3c00, 1],
  [0xc000, -2],
  [0x3555, 0.333251953125],
  [0x7bff, 65504],
  [0x0400, 2 ** -14],
  [0x03ff, 2 ** -14 - 2 ** -24],
  [0x0001, 2 ** -24],
  [0x7c00, Infinity],
  [0xfc00, -Infinity],
  [0x7e00, NaN],
])('half %i is %d', (bits, value) => {
  expect(halfToFloat32(bits)).toBe(value);
});

it('increases with the bits', () => {
  const values = halvesToFloat32(Uint16Array.from({ length: 0x7c01 }, (_, bits) => bits));
  expect(values.every((value, index) => index === 0 || value > (values[index - 1] ?? NaN))).toBe(true);
});

it('converts many as it converts one', () => {
  const every = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  expect(halvesToFloat32(every)).toEqual(Float32Array.from(every, halfToFloat32));
});

it('round-trips every half', () => {
  const every = Array.from({ length: 0x10000 }, (_, bits) => bits);
  const changed = every.filter((bits) => {
    const value = halfToFloat32(bits);
    return !Number.isNaN(value) && toHalfBits(value) !== bits;
  });
  expect(changed).toEqual([]);
});

it.each([
  [65_519, 0x7bff],
  [65_520, 0x7c00],
  [2 ** -25, 0x0000],
  [2 ** -25 + 2 ** -40, 0x0001],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [NaN, 0x7e00],
])('rounds %d to %i, ties to even', (value, bits) => {
  expect(toHalfBits(value)).toBe(bits);
});
