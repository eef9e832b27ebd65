import { expect, it } from 'vitest';
import { halvesToFloat32, toFloat32 } from './half-float.js';

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
  expect(toFloat32(bits)).toBe(value);
});

it('grows with its bits', () => {
  const values = halvesToFloat32(Uint16Array.from({ length: 0x7c01 }, (_, bits) => bits));
  expect(values.every((value, index) => index === 0 || value > (values[index - 1] ?? NaN))).toBe(true);
});
