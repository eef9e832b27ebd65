/** The studio that a service serves, in Chromium: it sends what is open only when the person says so. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStudioServer } from '@mien/node/studio';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { HAS_FFMPEG, makePortraitVideo, PORTRAIT } from '../../packages/node/src/testing/make-video.js';
import { openKeyFile } from '../../packages/server/src/keys/key-file.js';
import { openService, START_MS, type TestService } from '../../packages/server/src/testing/open-service.js';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from '../browser/chromium.js';
import { findCutOrSmall, findViolations } from '../studio/inspect-screen.js';
import { PATIENCE_MS } from '../studio/studio.js';

const STUDIO = fileURLToPath(new URL('../../apps/studio/dist', import.meta.url));
const SEND = 'Send to the service…';

describe.skipIf(CHROMIUM === undefined)('the studio of a service', () => {
  let browser: Browser;
  let folder: string;
  let tested: TestService;
  let page: Page;
  /** What was asked for since the page was opened, such as `POST /v1/jobs`. */
  let requested: string[];
  let complaints: string[];

  beforeAll(async () => {
    browser = await launchChromium();
    folder = await mkdtemp(join(tmpdir(), 'mien-sends-'));
    if (HAS_FFMPEG) await makePortraitVideo(join(folder, 'talk.mp4'), 1);
    tested = await openService({ studioFolder: STUDIO, touchMs: 200 });
  }, START_MS + START_TIMEOUT_MS);
  afterAll(async () => {
    await browser.close();
    await tested.close();
    await rm(folder, { recursive: true, force: true });
    expect(tested.errors).toEqual([]);
  }, START_MS);
  afterEach(async () => {
    await page.context().close();
    expect(complaints).toEqual([]);
  });

  async function open(url: URL | string, options: BrowserContextOptions = {}): Promise<void> {
    [requested, complaints] = [[], []];
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    page = await context.newPage();
    page.on('request', (request) => requested.push(`${request.method()} ${new URL(request.url()).pathname}`));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of 401'))
        complaints.push(message.text());
    });
    await page.goto(String(url));
  }
  const studio = () => new URL('studio/', tested.service.url);
  const posted = () => requested.filter((request) => !request.startsWith('GET '));

  test(
    'says what leaves the device, sends it then, and shows the job',
    { timeout: PATIENCE_MS },
    async () => {
      await open(studio());
      const button = page.getByRole('button', { name: SEND });
      await page.locator('#files').waitFor({ state: 'attached' });
      expect(await button.count()).toBe(0);
      await page.setInputFiles('#files', [PORTRAIT, PORTRAIT]);
      await button.click();
      const sheet = page.getByRole('dialog', { name: 'Send to the service' });
      await sheet.getByText('2 pictures').waitFor();
      await sheet.getByText(`the service at ${studio().host}`).waitFor();
      expect(await findViolations(page)).toEqual([]);
      expect(await findCutOrSmall(page)).toEqual([]);
      await sheet.getByRole('button', { name: 'Not now' }).click();
      await sheet.waitFor({ state: 'detached' });
      expect(posted()).toEqual([]);

      await button.focus();
      await page.keyboard.press('Enter');
      await sheet.getByRole('button', { name: 'Send', exact: true }).click();
      const link = sheet.getByRole('link', { name: 'Open the job' });
      const opening = page.context().waitForEvent('page');
      await link.click();
      const dashboard = await opening;
      await dashboard.getByText('100 % done').waitFor();
      await dashboard.getByRole('heading', { name: 'eileen-collins.png +1' }).waitFor();
      expect(posted()).toEqual(['POST /v1/jobs']);
      await sheet.getByRole('button', { name: 'Close' }).click();
    },
  );

  test.skipIf(!HAS_FFMPEG)(
    'sends a video in Chinese, on a phone, with the key that the service asks for',
    { timeout: PATIENCE_MS },
    async () => {
      const keys = openKeyFile(join(tested.folder, 'keys.json'));
      const { key, stored } = await keys.create({ name: 'page', scopes: ['jobs'] });
      try {
        await open(studio(), { viewport: { width: 390, height: 844 }, locale: 'zh-CN' });
        await page.setInputFiles('#files', join(folder, 'talk.mp4'));
        await page.getByRole('button', { name: '发送到服务…' }).click();
        const sheet = page.getByRole('dialog', { name: '发送到服务' });
        await sheet.getByText('视频 talk.mp4').waitFor();
        await sheet.getByRole('button', { name: '发送', exact: true }).click();
        await sheet.getByLabel('服务的密钥').fill(key);
        expect(await findViolations(page)).toEqual([]);
        expect(await findCutOrSmall(page)).toEqual([]);
        await sheet.getByRole('button', { name: '发送', exact: true }).click();
        const link = sheet.getByRole('link', { name: '打开任务' });
        const id = /#job=(.+)$/.exec((await link.getAttribute('href')) ?? '')?.[1] ?? '';
        const job = await tested.service.jobs.get(id);
        expect(job).toMatchObject({ settings: { everyMs: 200 }, items: [{ name: 'talk.mp4' }] });
        expect(await findCutOrSmall(page)).toEqual([]);
      } finally {
        await keys.revoke(stored.id);
      }
    },
  );

  test(
    'without a service, nothing of it shows and nothing is asked for',
    { timeout: PATIENCE_MS },
    async () => {
      const server = await startStudioServer({ folder: STUDIO, port: 0 });
      try {
        await open(server.url);
        await page.setInputFiles('#files', PORTRAIT);
        await page.getByRole('button', { name: 'Open files…' }).waitFor();
        await page.waitForSelector('[data-testid=result]');
        expect(await page.getByRole('button', { name: SEND }).count()).toBe(0);
        expect(requested.filter((request) => /v1|send/.test(request))).toEqual([]);
      } finally {
        await page.close();
        await server.close();
      }
    },
  );
});
