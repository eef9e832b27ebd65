/** What a page downloads stays small: a ceiling, so that growth is a decision. */
import { expect, test } from 'vitest';
import { measureSizes } from '../bench/size.js';

const CEILING_BYTES = 250_000;

test('code, kernels, mini_Xception and Haar are at most 250 KB compressed', async () => {
  const { all, ...parts } = await measureSizes();
  expect(all, JSON.stringify(parts)).toBeLessThanOrEqual(CEILING_BYTES);
  for (const [part, bytes] of Object.entries(parts)) expect(bytes, part).toBeGreaterThan(0);
});
