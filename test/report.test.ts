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
import { renderReport } from '../packages/results/src/report/render-report.js';
import { toPicturesReport, type PictureCollection } from '../packages/results/src/report/pictures-report.js';
import { toRecordingReport } from '../packages/results/src/report/recording-report.js';
import {
  makeRecording,
  PIXEL,
  type SyntheticRecording,
} from '../packages/results/src/testing/make-recording.js';
import { makeReport, type SyntheticReport } from '../packages/results/src/testing/make-report.js';
import { MAX_PEOPLE } from '../packages/results/src/timeline/summarize-recording.js';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import type { Inspection } from './browser/inspect-page.js';

const INSPECT_PAGE = readFileSync(new URL('browser/inspect-page.js', import.meta.url), 'utf8');
const LABELS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'];
const HOSTILE = `"'></title></style><script>document.title='run'</script><img src=x onerror="document.title='run'"><a href="https://example.com/">&amp;`;
const HOSTILE_PAGE: SyntheticReport = {
  labels: [HOSTILE, 'x'.repeat(200), '\u202egnp.exe', ''],
  epochs: 3,
  text: HOSTILE,
};
const PAGES: Readonly<Record<string, SyntheticReport>> = {
  'of 50 epochs': { labels: LABELS, epochs: 50 },
  'of one epoch and two labels': { labels: ['yes', 'no'], epochs: 1 },
  'of two epochs and twenty labels': {
    labels: Array.from({ length: 20 }, (_, i) => `expression ${i}`),
    epochs: 2,
  },
  'of 500 epochs, most of them not a number': { labels: LABELS, epochs: 500, nanFrom: 120 },
  'of hostile names': HOSTILE_PAGE,
};

const RECORDINGS: Readonly<Record<string, SyntheticRecording>> = {
  'one person': { labels: LABELS, people: 1 },
  'thirty people': { labels: LABELS, people: 30 },
  'nobody, one frame': { labels: LABELS, people: 0, frames: 1 },
  'ten hours and twenty labels': {
    labels: Array.from({ length: 20 }, (_, i) => `expression ${i}`),
    people: 2,
    frames: 3600,
    everyMs: 10_000,
  },
  'hostile names': { labels: [HOSTILE, 'x'.repeat(200), '\u202egnp.exe', ''], people: 3 },
};
async function renderRecording(synthetic: SyntheticRecording, name: string): Promise<string> {
  const recording = await makeRecording(synthetic);
  return toRecordingReport({ name, recording, isWhole: false, settings: [[name, name]] });
}

/** More faces than the page shows. */
function renderPictures(labels: readonly string[], name: string, href?: string): Promise<string> {
  const face = {
    ...{ name, href },
    expression: labels[0] ?? '',
    probability: 0.9,
    reason: undefined,
    picture: PIXEL,
  };
  const collection: PictureCollection = {
    ...{ labels, model: name, detector: name, pictures: 100 },
    tally: { readings: 90, shown: labels.map(() => 10), unsure: new Map([['dark', 20]]) },
    surest: labels.map((expression) => Array.from({ length: 9 }, () => ({ ...face, expression }))),
    unsure: [{ ...face, reason: 'dark' }],
    withoutFace: { count: 300, first: [{ name, href }, { name }] },
    unreadable: [`${name}: is empty`],
  };
  return toPicturesReport(collection, [[name, name]]);
}

/** One pixel. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A desktop, a phone and a narrow phone. */
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

  /** @returns what is on the page, the same on every screen */
  async function expectWhole(html: string, title: string): Promise<Inspection> {
    const [page, complaints] = await open(html, {});
    let found: Inspection | undefined;
    for (const [width, colorScheme] of SCREENS) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      found = await inspect(page);
      expect(found, `${width} ${colorScheme}`).toMatchObject({
        title,
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
      });
      // Ref: WCAG 2.2, 1.4.3 (AA).
      expect(found.worstContrast.ratio, found.worstContrast.text).toBeGreaterThanOrEqual(4.5);
    }
    await page.close();
    expect(complaints).toEqual([]);
    if (found === undefined) throw new Error('no screen');
    return found;
  }

  test.each(Object.entries(PAGES))('the report of %s fits every screen', async (_, synthetic) => {
    const html = await renderReport(makeReport(synthetic));
    const found = await expectWhole(html, `Training of ${synthetic.text ?? 'synthetic'}`);
    expect(found).toMatchObject({ charts: 7, tables: 13 });
    expect(found.pictures).toBeGreaterThan(0);
  });

  test.each(Object.entries(RECORDINGS))(
    'the page of a recording of %s is whole on every screen',
    async (_, synthetic) => {
      const found = await expectWhole(await renderRecording(synthetic, HOSTILE), `Expressions in ${HOSTILE}`);
      const shown = Math.min(synthetic.people, MAX_PEOPLE);
      // Everyone, and each person twice: smoothed, and as read; each with its two tables, and the totals.
      expect(found).toMatchObject(
        shown === 0 ? { charts: 0, tables: 0 } : { charts: 1 + 2 * shown, tables: 1 + 2 * shown },
      );
      expect(found.pictures > 0).toBe(shown > 0);
    },
  );

  test('the page of pictures is whole on every screen', async () => {
    const found = await expectWhole(
      await renderPictures([...LABELS.slice(1), HOSTILE], HOSTILE),
      'Expressions in 100 pictures',
    );
    expect(found).toMatchObject({ charts: 0, tables: 2, pictures: 7 * 9 + 1 });
  });

  test('names on the page of pictures link to the pictures beside it', async () => {
    const name = 'a b#1.png';
    writeFileSync(join(folder, name), Buffer.from(PNG, 'base64'));
    const [page] = await open(await renderPictures(LABELS, name, './a%20b%231.png'), {});
    const links = page.locator('a');
    expect(await links.count()).toBe(7 * 9 + 1 + 1);
    const [opened] = await Promise.all([page.waitForEvent('response'), links.first().click()]);
    expect(opened.url()).toBe(pathToFileURL(join(folder, name)).href);
    expect(opened.status()).toBe(200);
    await page.close();
  });

  test('a phone shows all columns of every table, and a face beside each name', async () => {
    const pages = [
      await renderReport(makeReport({ labels: LABELS, epochs: 12 })),
      await renderRecording({ labels: LABELS, people: 3 }, 'talk.mp4'),
      await renderPictures(LABELS, 'a-rather-long-name-of-a-picture.jpg'),
    ];
    for (const html of pages) {
      const [page] = await open(html, { viewport: { width: 390, height: 800 } });
      // Details are closed at first.
      const cutOff = await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
        return [...document.querySelectorAll('.scroll')]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1)
          .map((region) => region.getAttribute('aria-label'));
      });
      expect(cutOff).toEqual([]);
      await page.close();
    }
    const [page] = await open(pages[1] ?? '', {});
    const faces = (selector: string) =>
      page
        .locator(`${selector} .named img`)
        .evaluateAll((all) => all.map((image) => image.getAttribute('alt')));
    expect(await faces('h2')).toEqual(['Face of person 1', 'Face of person 2']);
    expect(await faces('tbody th')).toEqual(['Face of person 1', 'Face of person 2']);
    await page.close();
  });

  test.each<[string, (labels: readonly string[], name: string) => string | Promise<string>]>([
    ['a run', (labels, text) => renderReport(makeReport({ ...HOSTILE_PAGE, labels, text }))],
    ['a recording', (labels, name) => renderRecording({ labels, people: 3 }, name)],
    ['pictures', renderPictures],
  ])('names change nothing about the page of %s but its text', async (_, render) => {
    const [page] = await open(await render(HOSTILE_PAGE.labels, HOSTILE), {});
    const { elements } = await inspect(page);
    await page.setContent(await render(['a', 'b', 'c', 'd'], 'e'));
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
