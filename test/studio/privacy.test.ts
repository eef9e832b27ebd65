/** What the studio keeps, and that its buttons forget it. */
import type { Page } from 'playwright-core';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { observePage, type Seen } from '../../bench/soak/observe-page.js';
import { CHROMIUM } from '../browser/chromium.js';
import { makeCamera } from '../synthetic-video/camera-file.js';
import { kerasFile } from './models-to-open.js';
import { PATIENCE_MS, portraitFile, useStudio, waitForResult } from './studio.js';

const WAIT = { timeout: PATIENCE_MS };

/** Everything that a page can leave in its browser, or hold. */
const readHeld = (page: Page) =>
  page.evaluate(async () => {
    const { seen, track } = globalThis as unknown as { seen: Seen; track?: MediaStreamTrack };
    let files = 0;
    for await (const entry of (await navigator.storage.getDirectory()).keys())
      files += entry.length > 0 ? 1 : 0;
    return {
      stored: localStorage.length + sessionStorage.length + document.cookie.length,
      databases: (await indexedDB.databases()).length,
      files,
      caches: (await caches.keys()).length,
      serviceWorkers: (await navigator.serviceWorker.getRegistrations()).length,
      blobUrls: seen.blobUrls,
      track: track?.readyState,
    };
  });
const NOTHING = {
  stored: 0,
  databases: 0,
  files: 0,
  caches: 0,
  serviceWorkers: 0,
  blobUrls: 0,
  track: 'ended',
};

describe.skipIf(CHROMIUM === undefined)('privacy in the studio (needs Chromium)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-privacy-'));
  const studio = useStudio(() => makeCamera(join(folder, 'camera.mjpeg')));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Uses a camera, pictures and a model of one's own. */
  async function use(): Promise<Page> {
    const page = await studio.open('', { permissions: ['camera'], before: observePage });
    await page.locator('.door').first().click();
    await page.locator('dialog .main').click();
    await waitForResult(page, 'happy');
    await page.evaluate(() => {
      const stream = document.querySelector<HTMLVideoElement>('.frame video')?.srcObject as MediaStream;
      Object.assign(globalThis, { track: stream.getVideoTracks()[0] });
    });
    await page.setInputFiles('#files', [portraitFile('one.png'), portraitFile('two.png')]);
    await page.getByRole('button', { name: 'Discard' }).click();
    await waitForResult(page, 'happy');
    await page.setInputFiles('#model-file', await kerasFile());
    await page.locator('.models .chosen', { hasText: 'mine.hdf5' }).waitFor();
    await page.waitForFunction(() => document.documentElement.dataset['offline'] === 'ready');
    expect(await readHeld(page)).toMatchObject({ blobUrls: 2, caches: 1, serviceWorkers: 1, track: 'ended' });
    return page;
  }

  it('wipes what was opened, and keeps the program for use offline', async () => {
    const page = await use();
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.getByText('Everything was wiped.').waitFor();
    await page.waitForSelector('.doors');
    expect(await page.locator('.models li').allTextContents()).toEqual([
      expect.stringContaining('nano'),
      expect.stringContaining('base'),
      expect.stringContaining('mini-xception'),
    ]);
    expect(await readHeld(page)).toEqual({ ...NOTHING, caches: 1, serviceWorkers: 1 });
  });

  it('remembers the settings of the last visit only if asked, and wipes them', async () => {
    const page = await studio.open('?theme=dark');
    const [address] = page.url().split('?');
    const themeAtNextVisit = async () => {
      await page.goto(address ?? '');
      await page.waitForSelector('.doors');
      return page.evaluate(() => document.documentElement.dataset['theme']);
    };
    expect(await themeAtNextVisit()).toBeUndefined();
    await page.getByLabel('Remember my settings in this browser').check();
    await page.locator('.bar h1').click();
    await page.keyboard.press('t');
    await page.waitForFunction(() => location.search.includes('theme='));
    const theme = await page.evaluate(() => document.documentElement.dataset['theme']);
    expect(await themeAtNextVisit()).toBe(theme);
    // An address says more than a memory.
    await page.goto(`${address}?theme=${theme === 'dark' ? 'light' : 'dark'}`);
    await page.waitForSelector('.doors');
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).not.toBe(theme);
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await page.getByText('Everything was wiped.').waitFor();
    expect(await page.evaluate(() => localStorage.length)).toBe(0);
    expect(await themeAtNextVisit()).toBeUndefined();
  });

  it('says that it does not remember where the browser keeps nothing', async () => {
    const page = await studio.open('', {
      before: () => {
        // A full disk, or cookies that are blocked.
        Storage.prototype.setItem = () => {
          throw new DOMException('full', 'QuotaExceededError');
        };
      },
    });
    const box = page.getByLabel('Remember my settings in this browser');
    await box.click();
    await page.getByText('The settings are not remembered').waitFor();
    expect(await box.isChecked()).toBe(false);
  });

  it('removes the program too if that is chosen, and reads on', async () => {
    const page = await use();
    await page.getByRole('button', { name: 'Wipe, and remove the program too' }).click();
    await page.getByText('the program’s files were removed').waitFor();
    await expect.poll(() => readHeld(page), WAIT).toEqual(NOTHING);
    // What is loaded now is not stored again.
    await page.setInputFiles('#model-file', await kerasFile());
    await page.setInputFiles('#files', portraitFile());
    await page.waitForSelector('[data-testid=result]');
    expect(await readHeld(page)).toEqual({ ...NOTHING, blobUrls: 1 });
    await page.getByRole('button', { name: 'Stop and wipe everything' }).click();
    await expect.poll(() => readHeld(page), WAIT).toEqual(NOTHING);
  });
});
