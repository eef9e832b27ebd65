/** The page of the service in Chromium: jobs as a person submits, follows, reads, repeats and cancels them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HAS_FFMPEG, makePortraitVideo, PORTRAIT } from '../../packages/node/src/testing/make-video.js';
import { openKeyFile } from '../../packages/server/src/keys/key-file.js';
import { openService, START_MS, type TestService } from '../../packages/server/src/testing/open-service.js';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from '../browser/chromium.js';
import { findCutOrSmall, findViolations } from '../studio/inspect-screen.js';

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 } };
const SMALLEST: BrowserContextOptions = { viewport: { width: 320, height: 640 }, locale: 'zh-CN' };
const DESK: BrowserContextOptions = { viewport: { width: 1440, height: 900 }, locale: 'en-GB' };

describe.skipIf(CHROMIUM === undefined)('the page of the service', () => {
  let browser: Browser;
  let folder: string;
  let page: Page;
  /** What the browser complains about, a policy that refuses something included. */
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium();
    folder = await mkdtemp(join(tmpdir(), 'mien-dashboard-'));
    await writeFile(join(folder, 'broken.jpg'), 'no picture');
    if (HAS_FFMPEG) await makePortraitVideo(join(folder, 'talk.mp4'), 1);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  async function open(address: string, options: BrowserContextOptions = DESK): Promise<void> {
    complaints = [];
    page = await browser.newPage(options);
    page.on('console', (message) => {
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(address);
  }

  describe('with a worker', () => {
    let tested: TestService;
    let address: string;
    beforeAll(async () => {
      tested = await openService({ touchMs: 200 });
      address = tested.service.url;
    }, START_MS);
    afterAll(async () => {
      await tested.close();
      expect(tested.errors).toEqual([]);
    }, START_MS);

    test('submits files, follows them, shows why one failed, and its results, to view and to download', async () => {
      await open(address);
      await page.getByText('No jobs yet.').waitFor();
      const files = [PORTRAIT, join(folder, 'broken.jpg'), ...(HAS_FFMPEG ? [join(folder, 'talk.mp4')] : [])];
      await page.setInputFiles('#files', files);
      await page.getByText(`${files.length - 1} of ${files.length} files read`).waitFor();
      await page.getByText('broken.jpg: holds no readable picture').waitFor();
      await page.getByText('1 worker alive').waitFor();
      // States are below each other, also of a file without results.
      const badges = page.locator('.items .badge');
      const lefts = await badges.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left));
      expect(lefts.length).toBe(files.length);
      expect(new Set(lefts).size).toBe(1);

      await page.getByRole('button', { name: 'Results: eileen-collins.png' }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('cell', { name: 'happy' }).waitFor();
      expect(await findViolations(page)).toEqual([]);
      expect(await findCutOrSmall(page)).toEqual([]);
      if (HAS_FFMPEG) {
        await page.getByRole('button', { name: 'Results: talk.mp4' }).click();
        await page.getByRole('heading', { name: 'Person 1' }).waitFor();
        await page.getByText('happy 100 %').waitFor();
        await page.getByRole('button', { name: 'Report' }).waitFor();
      }
      const downloading = page.waitForEvent('download');
      await page.getByRole('group', { name: 'All results' }).getByRole('button', { name: 'CSV' }).click();
      const id = /#job=(.+)$/.exec(page.url())?.[1] ?? '';
      const csv = await readFile(await (await downloading).path(), 'utf8');
      expect(csv).toBe(await (await tested.ask(`v1/jobs/${id}/result?format=csv`)).text());
      expect(csv).toContain('happy');

      await page.getByRole('button', { name: 'Retry what failed' }).click();
      await page.getByText('broken.jpg: holds no readable picture').waitFor();
      await page.getByText(`${files.length - 1} of ${files.length} files read`).waitFor();
    });

    test('takes files that are dropped anywhere', async () => {
      await open(address);
      await page.getByRole('heading', { name: 'New job' }).waitFor();
      const bytes = [...(await readFile(PORTRAIT))];
      await page.evaluate((values) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([new Uint8Array(values)], 'dropped.png'));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      }, bytes);
      await page.getByRole('heading', { name: 'dropped.png' }).waitFor();
    });

    test('reads one picture at once, and says what is wrong with another', async () => {
      await open(address);
      await page.setInputFiles('#picture', PORTRAIT);
      await page.getByRole('cell', { name: 'happy' }).waitFor();
      expect(await findViolations(page)).toEqual([]);
      await page.setInputFiles('#picture', join(folder, 'broken.jpg'));
      await page.getByText('picture: holds no readable picture').waitFor();
    });

    test.each<[string, BrowserContextOptions]>([
      ['light', DESK],
      ['dark', { ...DESK, colorScheme: 'dark' }],
      ['on a phone', PHONE],
      ['on the smallest phone, in Chinese', SMALLEST],
      ['at 4K', { viewport: { width: 3840, height: 2160 } }],
    ])('cuts nothing off and is accessible: %s', async (_, options) => {
      await open(address, options);
      await page.locator('.jobs a').first().waitFor();
      expect(await findViolations(page)).toEqual([]);
      expect(await findCutOrSmall(page)).toEqual([]);
      await page.locator('.jobs a').last().focus();
      await page.keyboard.press('Enter');
      await page.locator('.items button').first().click();
      await page.locator('.result-view table').waitFor();
      expect(await findViolations(page)).toEqual([]);
      expect(await findCutOrSmall(page)).toEqual([]);
    });
  });

  describe('with keys and without a worker', () => {
    let tested: TestService;
    beforeAll(async () => {
      tested = await openService({ concurrency: 0 });
    }, START_MS);
    afterAll(async () => {
      await tested.close();
    }, START_MS);

    test('asks for the key, never puts it into an address, and cancels a job that waits', async () => {
      const file = openKeyFile(join(tested.folder, 'keys.json'));
      const { key } = await file.create({ name: 'page', scopes: ['jobs', 'analyze'] });
      await open(tested.service.url);
      const requested: string[] = [];
      page.on('request', (request) => requested.push(request.url()));
      await page.getByLabel('Key', { exact: true }).fill('mien_000000000000_wrong');
      await page.getByRole('button', { name: 'Use this key' }).click();
      await page.getByLabel('Key', { exact: true }).fill(key);
      expect(await findViolations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Use this key' }).click();
      await page.getByText('0 workers alive').click();
      await page.getByText('No worker is alive').waitFor();
      await page.setInputFiles('#files', PORTRAIT);
      await page.getByText('0 % done').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.locator('.job .badge.cancelled').first().waitFor();
      expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
      expect(requested.filter((url) => url.includes(key))).toEqual([]);
      expect(JSON.stringify(tested.logs)).not.toContain(key);
    });
  });
});
