// Takes the screenshots of the studio in docs/images: node scripts/write-screenshots.js
//
//   studio.jpg         the example portrait, on a desktop
//   studio-dark.jpg    the same in the dark theme
//   studio-phone.jpg   the same on a phone
//
// Needs Chromium, and a build.
// @ts-check
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startStudioServer } from '@mien/node/studio';
import { chromium } from 'playwright-core';

const folder = fileURLToPath(new URL('../apps/studio/dist', import.meta.url));
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
if (executablePath === undefined)
  throw new Error('needs Chromium; install it (Debian: apt-get install chromium)');

/** @type {Record<string, import('playwright-core').BrowserContextOptions>} */
const SCREENS = {
  studio: { viewport: { width: 1280, height: 800 } },
  'studio-dark': { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  'studio-phone': { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1.5 },
};

const server = await startStudioServer({ folder, port: 0 });
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  for (const [name, options] of Object.entries(SCREENS)) {
    const page = await browser.newPage({ locale: 'en-GB', ...options });
    await page.goto(server.url);
    await page.locator('.door').last().click();
    await page.waitForSelector('[data-testid=result]', { timeout: 120_000 });
    await page.waitForSelector('.mark text');
    const path = fileURLToPath(new URL(`../docs/images/${name}.jpg`, import.meta.url));
    await page.screenshot({ path, type: 'jpeg', quality: 82 });
    await page.close();
    console.log(`wrote ${path}`);
  }
} finally {
  await browser.close();
  await server.close();
}
