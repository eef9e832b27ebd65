/** `explain` of @mien/web in Chromium: of the crops that results have. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, START_TIMEOUT_MS } from '../browser/chromium.js';
import { expectSameAnalysis } from './expect-same-analysis.js';
import { startSite, type Site } from './site.js';

describe.skipIf(CHROMIUM === undefined)('explain in Chromium (skipped where none is installed)', () => {
  let site: Site;
  let page: Page;

  beforeAll(async () => {
    site = await startSite();
    page = await site.open();
  }, START_TIMEOUT_MS);

  afterEach(() => site.expectNoComplaints());

  afterAll(() => site.close());

  /** Explains all expressions of the portrait, drawn with a filter of CSS; `hottest` is of the one that was read. */
  const explain = (filter: string) =>
    page.evaluate(async (filter) => {
      const bitmap = await createImageBitmap(await (await fetch('/portrait.png')).blob());
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d')!;
      context.filter = filter;
      context.drawImage(bitmap, 0, 0);
      const { faces, crops } = await analyzer.analyze(canvas, { crops: true });
      const { expression, probabilities } = faces[0]!;
      const explained: Record<string, number> = {};
      let hottest = 0;
      for (const one of Object.keys(probabilities)) {
        const { probability, heat } = await analyzer.explain(crops[0]!, one);
        explained[one] = probability;
        if (one === expression) hottest = Math.max(...heat);
      }
      return { read: probabilities, explained, hottest };
    }, filter);

  describe.each(['nano', 'base'])('with %s', (model) => {
    beforeAll(() =>
      page.evaluate(async (model) => {
        globalThis.analyzer = await mien.createAnalyzer({ model });
      }, model),
    );

    afterAll(() => page.evaluate(() => analyzer.dispose()));

    test.each([
      ['usual', 'none'],
      ['soft', 'blur(5px)'],
      ['dim', 'brightness(0.2)'],
      ['soft and flat', 'blur(4px) contrast(0.3)'],
    ])('explains the probability that was read, of a %s face', async (_, filter) => {
      const { read, explained, hottest } = await explain(filter);
      // Crops are rounded to 256 shades.
      expectSameAnalysis(explained, read, 0.01);
      expect(hottest).toBe(1);
    });
  });

  test('loads what it needs again after that failed', async () => {
    const part = join(site.folder, 'node_modules/@mien/web/dist/explain.js');
    await page.evaluate(async () => {
      globalThis.analyzer = await mien.createAnalyzer();
    });
    await rename(part, `${part}.away`);
    try {
      await expect(explain('none')).rejects.toThrow(/its part .*explain[.]js could not be loaded/);
    } finally {
      await rename(`${part}.away`, part);
    }
    site.forgetComplaints(/Failed to load resource/);
    expect((await explain('none')).hottest).toBe(1);
    await page.evaluate(() => analyzer.dispose());
  });
});
