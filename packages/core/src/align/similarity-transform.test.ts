import { expect, it } from 'vitest';
import { scaleOf, transformPoint } from './similarity-transform.js';

const QUARTER = { a: 0, b: 2, x: 10, y: 20 }; // Rotated by 90°, twice as large, moved.

it('rotates clockwise in the picture, scales and moves', () => {
  expect(transformPoint(QUARTER, { x: 0, y: 0 })).toEqual({ x: 10, y: 20 });
  expect(transformPoint(QUARTER, { x: 1, y: 0 })).toEqual({ x: 10, y: 22 });
  expect(transformPoint(QUARTER, { x: 0, y: 1 })).toEqual({ x: 8, y: 20 });
  expect(scaleOf(QUARTER)).toBe(2);
});
