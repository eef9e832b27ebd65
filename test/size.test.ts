/** Limits on the download size of a page, so that growth is a decision. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { measureCoreSizes, measureSizes } from '../bench/size.js';

test.each([
  ['@mien/web with its defaults', 430_000, measureSizes],
  ['@mien/core with the Haar cascade', 250_000, measureCoreSizes],
])('a page with %s downloads at most %i bytes compressed', async (_, ceiling, measure) => {
  const { all, ...parts } = await measure();
  expect(all, JSON.stringify(parts)).toBeLessThanOrEqual(ceiling);
  for (const [part, bytes] of Object.entries(parts)) expect(bytes, part).toBeGreaterThan(0);
});

/** In KB, uncompressed. The last three are only downloaded for custom models and for explanations. */
test.each([
  ['index.js', 59],
  ['worker.js', 120],
  ['kernels-relaxed.js', 110],
  ['kernels-simd.js', 110],
  ['formats.js', 250],
  ['hdf5.js', 5000],
  ['explain.js', 45],
])('%s of @mien/web has at most %i KB', (file, ceiling) => {
  const path = fileURLToPath(new URL(`../packages/web/dist/${file}`, import.meta.url));
  expect(statSync(path).size).toBeLessThanOrEqual(ceiling * 1000);
});
