/** The example pages in a real Chromium, operated like by a visitor. */
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import { expectNoThreads, servePages } from './browser/pages.js';

const FOLDER = '/examples/train-in-the-browser/';
/** Enough to halve the loss and to be far better than chance (14 %); the page continues to 400. */
const STEPS = 45;

describe.skipIf(CHROMIUM === undefined)(
  'train-in-the-browser (skipped where no Chromium is installed)',
  () => {
    let browser: Browser;
    let server: Server;
    let page: Page;
    const complaints: string[] = [];

    async function open(options: Parameters<typeof servePages>[0]): Promise<void> {
      const served = await servePages(options);
      server = served.server;
      page = await browser.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(served.origin + FOLDER);
    }
    const numberIn = async (id: string) => parseFloat(await page.locator(`#${id}`).innerText());

    beforeAll(async () => {
      browser = await launchChromium();
    }, START_TIMEOUT_MS);

    afterEach(async () => {
      await page.close();
      server.close();
      expect(complaints.splice(0)).toEqual([]);
    });

    afterAll(() => browser.close());

    test.each([
      ['shares memory', true, /^400 steps, (\d\d+|[2-9]) threads, relaxed kernels$/],
      [
        'does not',
        false,
        /^400 steps, 1 thread \(this page is not cross-origin isolated\), relaxed kernels$/,
      ],
    ])('learns if the page %s', async (_, isolated, status) => {
      await open({ isolated });
      await page.click('#toggle');
      await page.waitForFunction("document.getElementById('step').textContent === '1'");
      const first = await numberIn('loss');
      expect(await page.locator('#status').innerText()).toMatch(status);
      await page.waitForFunction(`document.getElementById('step').textContent >= ${STEPS}`);
      expect(await numberIn('loss')).toBeLessThan(first / 2);
      expect(await numberIn('accuracy')).toBeGreaterThan(40);
      expect(await numberIn('speed')).toBeGreaterThan(0);
      expect(await page.locator('#faces output').allInnerTexts()).not.toContain('?');
    });

    test('stops, ends its threads and trains again', async () => {
      await open({});
      await page.click('#toggle');
      await page.waitForFunction("document.getElementById('step').textContent >= 3");
      await page.click('#toggle');
      expect(await page.locator('#status').innerText()).toBe('stopped');
      await expectNoThreads(page);
      await page.click('#toggle');
      await page.waitForFunction("document.getElementById('status').textContent.startsWith('400 steps')");
    });

    test('works when built by a bundler, without Node modules', async () => {
      const built = await build({
        root: fileURLToPath(new URL(`..${FOLDER}`, import.meta.url)),
        base: FOLDER,
        configFile: false,
        logLevel: 'error',
        build: { write: false },
        worker: { format: 'es' },
      });
      const files = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
      const made = Object.fromEntries(
        files.map((file) => [FOLDER + file.fileName, file.type === 'chunk' ? file.code : file.source]),
      );
      for (const code of Object.values(made)) expect(code.toString()).not.toMatch(/worker_threads|node:/);
      await open({ made });
      await page.click('#toggle');
      await page.waitForFunction("document.getElementById('step').textContent >= 1");
      expect(page.workers().map((worker) => worker.url())).toContainEqual(
        expect.stringMatching(/assets\/web-thread-[^/]+[.]js$/),
      );
    });
  },
);
