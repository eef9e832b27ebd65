// The built studio in Chromium, each time with a profile of its own, whose camera is a file.
// @ts-check
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startStudioServer } from '@mien/node/studio';
import { chromium } from 'playwright-core';
import { observePage } from './observe-page.js';

const FOLDER = fileURLToPath(new URL('../../apps/studio/dist', import.meta.url));
const CHROMIUM = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  existsSync,
);
const PATIENCE_MS = 110_000;

/** @typedef {Awaited<ReturnType<typeof openStudio>>} Studio */

/** @param {readonly string[]} flags of Chromium, such as those of its fake camera */
export async function openStudio(flags) {
  if (CHROMIUM === undefined) throw new Error('soak: needs Chromium; set CHROMIUM to its path');
  const server = await startStudioServer({ folder: FOLDER, port: 0 });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--use-fake-ui-for-media-stream', '--disable-gpu', '--disable-background-networking', ...flags],
  });
  return {
    browser,
    async open() {
      const context = await browser.newContext({ locale: 'en-GB', permissions: ['camera'] });
      context.setDefaultTimeout(PATIENCE_MS);
      await context.addInitScript(observePage);
      const page = await context.newPage();
      await page.goto(server.url, { waitUntil: 'commit' });
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Opens the camera, as a person does. @param {import('playwright-core').Page} page */
export async function startCamera(page) {
  await page.locator('.door').first().click();
  await page.locator('dialog .main').click();
  await page.waitForSelector('[data-testid=result]');
}

/** What was noted in the page so far. @param {import('playwright-core').Page} page */
export function readSeen(page) {
  return page.evaluate(() => {
    const { seen } = /** @type {{ seen: import('./observe-page.js').Seen }} */ (
      /** @type {unknown} */ (globalThis)
    );
    return seen;
  });
}
