/** The example page that reads pictures and a camera, in a real Chromium whose camera plays a synthetic video. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import { servePages } from './browser/pages.js';
import { createSyntheticVideo, timesOf } from './synthetic-video/synthetic-video.js';
import { loadCast } from './synthetic-video/sprites.js';

const PAGE = '/examples/read-faces-in-the-browser/';
const PORTRAIT = fileURLToPath(new URL('../examples/eileen-collins.png', import.meta.url));

/** A swaying face that returns to its start, so that the video can loop, in the format that Chromium expects. */
async function makeCameraFile(path: string): Promise<void> {
  const { people } = await loadCast();
  const seconds = 2;
  const video = createSyntheticVideo({
    width: 640,
    height: 480,
    actors: [
      {
        course: (ms) => ({ x: 320 + 80 * Math.sin((ms / 1000 / seconds) * 2 * Math.PI), y: 240, size: 120 }),
        shows: [{ fromMs: 0, sprite: people[0] }],
      },
    ],
  });
  const frames: Buffer[] = [];
  for (const ms of timesOf(seconds - 0.01, 15)) {
    const { width, height, channels, data } = video.frameAt(ms).frame;
    frames.push(await sharp(data, { raw: { width, height, channels } }).jpeg().toBuffer());
  }
  await writeFile(path, Buffer.concat(frames));
}

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
    const video = join(folder, 'camera.mjpeg');
    await makeCameraFile(video);
    ({ server, origin } = await servePages({}));
    withCamera = await launchChromium([
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${video}`,
    ]);
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
    expect(page.evaluate("document.getElementById('video').srcObject")).resolves.toBeNull();

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
    const green = await page.evaluate(`(() => {
      const view = document.getElementById('view');
      const { data } = view.getContext('2d').getImageData(0, 0, view.width, view.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] < 9 && data[i + 1] > 246 && data[i + 2] < 9) count++;
      return count;
    })()`);
    expect(green).toBeGreaterThan(300);
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
    await statusIs('no.png is no picture that this browser can read');
  });

  test('follows the face in front of the camera, and releases the camera', async () => {
    await open(withCamera, ['camera']);
    await page.click('#camera');
    await statusIs('the camera is on');
    await facesAre(/^1 happy$/);
    const left = () =>
      page.evaluate<number>(`(() => {
        const view = document.getElementById('view');
        const { data } = view.getContext('2d').getImageData(0, 240, view.width, 1);
        return data.findIndex((value, i) => i % 4 === 1 && value > 246 && data[i - 1] < 9 && data[i + 1] < 9) >> 2;
      })()`);
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
    await statusIs('the camera is not allowed for this page: allow it beside the address, then try again');
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
    await statusIs('the camera was taken away');
    await cameraIsReleased();
  });

  test(
    'says so when there is no camera',
    async () => {
      const without = await launchChromium();
      try {
        await open(without, ['camera']);
        await page.click('#camera');
        await statusIs('no camera was found: plug one in, then try again');
      } finally {
        await context?.close();
        context = undefined;
        await without.close();
      }
    },
    START_TIMEOUT_MS,
  );
});
