import { expect, it } from 'vitest';
import { isRecord } from './is-record.js';

it.each([[{}], [{ a: 1 }], [JSON.parse('{}')], [Object.create(null)]])('is true for %o', (value) => {
  expect(isRecord(value)).toBe(true);
});

it.each([[null], [undefined], [[]], ['text'], [1], [true]])('is false for %o', (value) => {
  expect(isRecord(value)).toBe(false);
});
