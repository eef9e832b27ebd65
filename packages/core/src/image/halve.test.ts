import { expect, it } from 'vitest';
import { halve } from './halve.js';

it('takes the mean of four grey pixels and drops a last odd row and column', () => {
  const data = Uint8Array.of(0, 2, 9, 4, 7, 9, 9, 9, 9);
  expect(halve({ width: 3, height: 3, channels: 1, data })).toEqual({
    ...{ width: 1, height: 1, channels: 1 },
    data: Uint8Array.of(3), // (0 + 2 + 4 + 7) / 4 = 3.25
  });
});

it.each([3, 4] as const)('takes green of %i channels', (channels) => {
  const data = Uint8Array.from({ length: 4 * channels }, (_, i) => (i % channels === 1 ? 100 : 255));
  expect(halve({ width: 2, height: 2, channels, data }).data).toEqual(Uint8Array.of(100));
});

it('leaves one pixel of a strip and of a single pixel', () => {
  const strip = { width: 1, height: 4, channels: 1, data: Uint8Array.of(10, 20, 30, 50) } as const;
  expect(halve(strip)).toMatchObject({ width: 1, height: 2, data: Uint8Array.of(15, 40) });
  expect(halve({ width: 1, height: 1, channels: 1, data: Uint8Array.of(7) }).data).toEqual(Uint8Array.of(7));
});
