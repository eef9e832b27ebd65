/** What a page downloads stays small: a ceiling by detector, so that growth is a decision. */
import { expect, test } from 'vitest';
import { measureSizes } from '../bench/size.js';

test.each([
  ['blazeface', 370_000],
  ['haar', 250_000],
] as const)('code, kernels, mini_Xception and %s are at most %i bytes compressed', async (detector, ceiling) => {
  const { all, ...parts } = await measureSizes(detector);
  expect(all, JSON.stringify(parts)).toBeLessThanOrEqual(ceiling);
  for (const [part, bytes] of Object.entries(parts)) expect(bytes, part).toBeGreaterThan(0);
});
