import { describe, expect, it } from 'vitest';
import { toClock } from './clock.js';

describe('toClock', () => {
  it.each([
    [0, '0:00'],
    [59.6, '1:00'],
    [83, '1:23'],
    [3599.4, '59:59'],
    [3600, '1:00:00'],
    [36_725, '10:12:05'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(toClock(seconds)).toBe(text);
  });
});
