/**
 * Report pages as a person opens them: from a file, in a real Chromium, wide and narrow, light and dark. Whatever the
 * page says on the console, asks of the network, or is laid out too wide fails.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderReport } from '../packages/cli/src/report/render-report.js';
import { makeReport, type MadeUp } from '../packages/cli/src/testing/make-report.js';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import type { Inspection } from './browser/inspect-page.js';

const INSPECT_PAGE = readFileSync(new URL('browser/inspect-page.js', import.meta.url), 'utf8');
const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
const HOSTILE = `"'></title></style><script>document.title='run'</script><img src=x onerror="document.title='run'"><a href="https://example.com/">&amp;`;
const HOSTILE_PAGE: MadeUp = {
  labels: [HOSTILE, 'x'.repeat(200), '\u202egnp.exe', ''],
  epochs: 3,
  text: HOSTILE,
};
const PAGES: Readonly<Record<string, MadeUp>> = {
  'of 50 epochs': { labels: LABELS, epochs: 50 },
  'of one epoch and two labels': { labels: ['yes', 'no'], epochs: 1 },
  'of two epochs and twenty labels': {
    labels: Array.from({ length: 20 }, (_, i) => `expression ${i}`),
    epochs: 2,
  },
  'of 500 epochs, most of them not a number': { labels: LABELS, epochs: 500, nanFrom: 120 },
  'of hostile names': HOSTILE_PAGE,
};

/** A desk, a phone and a narrow phone. */
const SCREENS = [
  [1280, 'light'],
  [1280, 'dark'],
  [390, 'light'],
  [320, 'dark'],
] as const;

describe.skipIf(CHROMIUM === undefined)('report pages in Chromium (skipped where none is installed)', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mien-report-'));
    browser = await launchChromium();
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function open(html: string, options: Parameters<Browser['newPage']>[0]): Promise<[Page, string[]]> {
    const path = join(folder, 'report.html');
    writeFileSync(path, html);
    const complaints: string[] = [];
    const page = await browser.newPage(options);
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    // Chromium announces what its policy then stops, as `csp`.
    page.on('requestfinished', (request) => {
      if (!/^(data:|file:.*\/report\.html$)/.test(request.url())) complaints.push(`${request.url()} loaded`);
    });
    page.on('requestfailed', (request) =>
      complaints.push(`${request.url()} ${request.failure()?.errorText}`),
    );
    await page.goto(pathToFileURL(path).href);
    return [page, complaints];
  }
  const inspect = (page: Page): Promise<Inspection> => page.evaluate(INSPECT_PAGE);

  test.each(Object.entries(PAGES))('a page %s is whole on every screen', async (_, madeUp) => {
    const [page, complaints] = await open(await renderReport(makeReport(madeUp)), {});
    for (const [width, colorScheme] of SCREENS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      const found = await inspect(page);
      expect(found, `${width} ${colorScheme}`).toMatchObject({
        title: `Training of ${madeUp.text ?? 'made up'}`,
        language: 'en',
        scripts: 0,
        links: [],
        overflow: 0,
        headingJumps: [],
        level1: 1,
        unnamedImages: 0,
        unnamedTables: 0,
        headersWithoutScope: 0,
        untoldScrolling: 0,
        isDark: colorScheme === 'dark',
        charts: 5,
        tables: 6,
      });
      expect(found.pictures).toBeGreaterThan(0);
      // Ref: WCAG 2.2, 1.4.3 (AA).
      expect(found.worstContrast.ratio, found.worstContrast.text).toBeGreaterThanOrEqual(4.5);
    }
    await page.close();
    expect(complaints).toEqual([]);
  });

  test('names change nothing about the page but its text', async () => {
    const [page] = await open(await renderReport(makeReport(HOSTILE_PAGE)), {});
    const { elements } = await inspect(page);
    const harmless = { ...HOSTILE_PAGE, labels: ['a', 'b', 'c', 'd'], text: 'e' };
    await page.setContent(await renderReport(makeReport(harmless)));
    expect(elements).toEqual((await inspect(page)).elements);
    await page.close();
  });

  test('runs no script and loads nothing even where markup gets in', async () => {
    const attack = `<script>console.log('ran')</script><img src="https://example.com/x.png" onerror="console.log('ran')"><style>main{display:none}</style>`;
    const html = (await renderReport(makeReport({ labels: LABELS, epochs: 1 }))).replace(
      '<main>',
      `<main>${attack}`,
    );
    const [page, complaints] = await open(html, {});
    expect(await page.locator('h1').isVisible()).toBe(true);
    await page.close();
    expect(complaints.length).toBeGreaterThanOrEqual(3);
    expect(complaints.filter((text) => !/Content Security Policy|png csp$/.test(text))).toEqual([]);
  });

  test('prints in light colours, with nothing cut off', async () => {
    const html = await renderReport(makeReport({ labels: LABELS, epochs: 12 }));
    const [page, complaints] = await open(html, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 718, height: 1000 }); // A4 at 96 dpi, less its margins
    const { isDark, overflow } = await inspect(page);
    await page.close();
    expect({ isDark, overflow, complaints }).toEqual({ isDark: false, overflow: 0, complaints: [] });
  });
});
