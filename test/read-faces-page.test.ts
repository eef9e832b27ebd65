/** The example page that reads pictures and a camera, in a real Chromium whose camera plays a synthetic video. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import { servePages } from './browser/pages.js';
import { makeCamera } from './synthetic-video/camera-file.js';

const PAGE = '/examples/read-faces-in-the-browser/';
const PORTRAIT = fileURLToPath(new URL('../examples/eileen-collins.png', import.meta.url));

describe.skipIf(CHROMIUM === undefined)('read-faces-in-the-browser (needs Chromium)', () => {
  let folder: string;
  let server: Server;
  let origin: string;
  let withCamera: Browser;
  let context: BrowserContext | undefined;
  let page: Page;
  let complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mien-camera-'));
    ({ server, origin } = await servePages({}));
    withCamera = await launchChromium(await makeCamera(join(folder, 'camera.mjpeg')));
  }, START_TIMEOUT_MS);

  afterEach(async () => {
    await context?.close();
    context = undefined;
    expect(complaints).toEqual([]);
  });

  afterAll(async () => {
    await withCamera.close();
    server.close();
    await rm(folder, { recursive: true });
  });

  async function open(browser: Browser, permissions: readonly string[] = []): Promise<void> {
    context = await browser.newContext({ permissions: [...permissions] });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => complaints.push(message.text()));
    // Tracks that the page has opened.
    await page.addInitScript(`
      globalThis.tracks = [];
      const { mediaDevices } = navigator;
      const open = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (constraints) => {
        const stream = await open(constraints);
        tracks.push(...stream.getTracks());
        return stream;
      };
    `);
    await page.goto(origin + PAGE);
    await statusIs('choose a picture or the camera');
  }
  const statusIs = (words: string) =>
    expect.poll(() => page.innerText('#status'), { timeout: 20_000 }).toBe(words);
  const facesAre = (words: RegExp) =>
    expect
      .poll(() => page.locator('#faces strong').allInnerTexts(), { timeout: 20_000 })
      .toEqual([expect.stringMatching(words)]);
  const cameraIsReleased = () =>
    expect(page.evaluate("tracks.every(({ readyState }) => readyState === 'ended')")).resolves.toBe(true);

  /** Columns of the picture in which something has the colour of results. */
  const drawnColumns = () =>
    page.evaluate<number[]>(`(() => {
      const view = document.getElementById('view');
      const copy = Object.assign(document.createElement('canvas'), { width: view.width, height: view.height });
      const context = copy.getContext('2d', { willReadFrequently: true });
      context.drawImage(view, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      const columns = new Set();
      for (let i = 0; i < data.length; i += 4) {
        if (data[i] === 0xe0 && data[i + 1] === 0x8c && data[i + 2] === 0xc8) columns.add((i / 4) % copy.width);
      }
      return [...columns].sort((a, b) => a - b);
    })()`);

  test('reads a picture', async () => {
    await open(withCamera);
    await page.setInputFiles('#picture', PORTRAIT);
    await statusIs('eileen-collins.png: 1 face');
    await facesAre(/^1 happy$/);
    const bars = await page
      .locator('#faces meter')
      .evaluateAll((meters) => meters.map((meter) => (meter as HTMLMeterElement).value));
    expect(bars).toHaveLength(7);
    expect(bars.reduce((sum, value) => sum + value)).toBeCloseTo(1, 5);
    // A line of the box, drawn in the picture.
    expect((await drawnColumns()).length).toBeGreaterThan(100);
  });

  test('reports a face in the dark, a picture without a face, and a file that is not a picture', async () => {
    await open(withCamera);
    const dark = await sharp(PORTRAIT).removeAlpha().linear(0.1).png().toBuffer();
    await page.setInputFiles('#picture', { name: 'dark.png', mimeType: 'image/png', buffer: dark });
    await facesAre(/^1 not sure: too dark$/);
    expect(await page.locator('#faces li').getAttribute('class')).toBe('unsure');
    const plain = await sharp({ create: { width: 300, height: 200, channels: 4, background: '#0000' } })
      .png()
      .toBuffer();
    await page.setInputFiles('#picture', { name: 'plain.png', mimeType: 'image/png', buffer: plain });
    await statusIs('plain.png: 0 faces');
    expect(await page.locator('#faces li').count()).toBe(0);
    await page.setInputFiles('#picture', {
      name: 'no.png',
      mimeType: 'image/png',
      buffer: Buffer.from('no picture'),
    });
    await statusIs('no.png: is not a picture that this browser can decode, or it is damaged');
  });

  test('follows the face in front of the camera, and releases the camera', async () => {
    await open(withCamera, ['camera']);
    await page.click('#camera');
    await statusIs('the camera is on');
    await facesAre(/^1 happy$/);
    const left = async () => (await drawnColumns())[0] ?? NaN;
    const first = await left();
    await expect.poll(async () => Math.abs((await left()) - first), { timeout: 20_000 }).toBeGreaterThan(30);
    await facesAre(/^1 happy$/);
    await page.click('#camera');
    await statusIs('the camera is off');
    await cameraIsReleased();
    await page.click('#camera');
    await statusIs('the camera is on');
    await page.setInputFiles('#picture', PORTRAIT);
    await statusIs('eileen-collins.png: 1 face');
    await cameraIsReleased();
  });

  test('reports that the camera is denied', async () => {
    await open(withCamera);
    await page.click('#camera');
    await statusIs('camera: access was denied; allow it in the address bar and try again');
    await cameraIsReleased();
    await context?.grantPermissions(['camera']);
    await page.click('#camera');
    await statusIs('the camera is on');
  });

  test('reports that the camera was unplugged, and releases it', async () => {
    await open(withCamera, ['camera']);
    await page.click('#camera');
    await facesAre(/^1 happy$/);
    await context?.clearPermissions();
    await statusIs('camera: disconnected, or permission was withdrawn');
    await cameraIsReleased();
  });

  test(
    'says so when there is no camera',
    async () => {
      const without = await launchChromium();
      try {
        await open(without, ['camera']);
        await page.click('#camera');
        await statusIs('camera: not found; connect one and try again');
      } finally {
        await context?.close();
        context = undefined;
        await without.close();
      }
    },
    START_TIMEOUT_MS,
  );
});
