/** The examples of @mien/web in its README and in examples/, built by Vite and run in Chromium. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from '../browser/chromium.js';
import { makeCamera } from '../synthetic-video/camera-file.js';
import { install, type Installation } from './installation.js';
import { PORTRAIT } from './site.js';
import { serveFolder, type StaticServer } from './static-server.js';

const README = readFileSync(new URL('../../packages/web/README.md', import.meta.url), 'utf8');
const WAIT = { timeout: 30_000 };

/** A code block of the README, by the name in the comment before it. */
function exampleOf(name: string): string {
  const block = new RegExp(`<!-- example: ${name} -->\\s+\`\`\`html\\n([\\s\\S]*?)\`\`\``).exec(README)?.[1];
  if (block === undefined) throw new Error(`README.md of @mien/web has no example "${name}"`);
  return block;
}

describe.skipIf(CHROMIUM === undefined)(
  'examples of @mien/web (skipped where no Chromium is installed)',
  () => {
    let installation: Installation;
    let folder: string;
    let browser: Browser;
    let server: StaticServer | undefined;
    let context: BrowserContext;
    let page: Page;
    const complaints: string[] = [];
    const logged: string[] = [];

    beforeAll(async () => {
      installation = await install('@mien/web', ['react', 'react-dom', 'scheduler']);
      folder = await mkdtemp(join(tmpdir(), 'mien-camera-'));
      browser = await launchChromium(await makeCamera(join(folder, 'camera.mjpeg')));
    }, START_TIMEOUT_MS);

    afterEach(async () => {
      await context.close();
      server?.close();
      expect(complaints.splice(0)).toEqual([]);
      logged.length = 0;
    });

    afterAll(async () => {
      await browser.close();
      await installation.remove();
      await rm(folder, { recursive: true });
    });

    /** Builds a folder of the installation and opens the result. */
    async function open(name: string): Promise<void> {
      const root = join(installation.folder, name);
      await build({ root, configFile: false, logLevel: 'error' });
      server = await serveFolder(join(root, 'dist'));
      context = await browser.newContext({ permissions: ['camera'] });
      page = await context.newPage();
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (message) => {
        if (message.type() === 'log') logged.push(message.text());
        // React advertises its DevTools.
        else if (message.type() !== 'info') complaints.push(message.text());
      });
      await page.goto(server.origin);
    }

    async function openExample(name: string): Promise<void> {
      const root = join(installation.folder, name);
      mkdirSync(join(root, 'public'), { recursive: true });
      cpSync(PORTRAIT, join(root, 'public', 'portrait.png'));
      writeFileSync(
        join(root, 'index.html'),
        `<!doctype html><title>example</title><link rel="icon" href="data:,">${exampleOf(name)}`,
      );
      await open(name);
    }

    /** Number of pixels in the colour of happy, #e08cc8. */
    const countDrawn = () =>
      page.evaluate(() => {
        const canvas = document.querySelector('canvas');
        if (canvas === null) return 0;
        // Reads a copy: reading a canvas back often makes Chromium warn.
        const copy = Object.assign(document.createElement('canvas'), {
          width: canvas.width,
          height: canvas.height,
        });
        const context = copy.getContext('2d', { willReadFrequently: true });
        if (context === null) return 0;
        context.drawImage(canvas, 0, 0);
        const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4) {
          if (data[i] === 0xe0 && data[i + 1] === 0x8c && data[i + 2] === 0xc8) count++;
        }
        return count;
      });

    test('the camera example has at most eight lines, and draws the face', async () => {
      expect(exampleOf('camera').trimEnd().split('\n').length).toBeLessThanOrEqual(8);
      await openExample('camera');
      await expect.poll(countDrawn, WAIT).toBeGreaterThan(500);
      expect(await page.evaluate(() => document.querySelector('canvas')?.width)).toBe(640);
    });

    test('the picture example logs the expression', async () => {
      await openExample('picture');
      await expect.poll(() => logged, WAIT).toEqual([expect.stringMatching(/^happy 0[.]9\d+$/)]);
    });

    test('the React component shows the camera, reports the face, and cleans up', async () => {
      const example = fileURLToPath(new URL('../../examples/react-component', import.meta.url));
      cpSync(example, join(installation.folder, 'react'), { recursive: true });
      await open('react');
      await page.click('text=Start the camera');
      await expect.poll(() => page.locator('li').allInnerTexts(), WAIT).toEqual(['happy']);
      expect(await countDrawn()).toBeGreaterThan(500);
      expect(page.workers()).toHaveLength(1);
      await page.click('text=Stop the camera');
      await expect.poll(() => page.workers(), WAIT).toEqual([]);
      expect(await page.locator('canvas, li').count()).toBe(0);
      await page.click('text=Start the camera');
      await expect.poll(() => page.locator('li').allInnerTexts(), WAIT).toEqual(['happy']);
    });

    test('the React component shows why there is no camera', async () => {
      const example = fileURLToPath(new URL('../../examples/react-component', import.meta.url));
      cpSync(example, join(installation.folder, 'react'), { recursive: true });
      await open('react');
      await context.clearPermissions();
      await page.click('text=Start the camera');
      await expect
        .poll(() => page.locator('[role=alert]').allInnerTexts(), WAIT)
        .toEqual([expect.stringMatching(/^camera: access was denied/)]);
    });
  },
);
