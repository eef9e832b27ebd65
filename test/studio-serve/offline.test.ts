/**
 * The built studio in Chromium, as `mien studio` serves it and as a static host without any headers does: which requests
 * it makes, what its policy refuses, and that it works without a network.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { makeCheckpoint } from '../../packages/node/src/testing/make-checkpoint.js';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from '../browser/chromium.js';
import { save } from '../studio/studio.js';
import { serveFolder, type StaticServer } from '../web/static-server.js';
import { startRecordingProxy, type RecordingProxy } from './recording-proxy.js';
import { runStudio, runStudioInTest, STUDIO, type RunningStudio } from './run-studio.js';

const FIRST_LOAD_BYTES = 450_000;
const WAIT = { timeout: 60_000 };
/** Chromium's own services, which no flag silences completely; a page that asked for fonts or scripts would use others. */
const OF_CHROMIUM = new RegExp(
  `^(http://)?(${[
    'accounts.google.com',
    'android.clients.google.com',
    'clients2.google.com',
    'content-autofill.googleapis.com',
    'mtalk.google.com',
    'optimizationguide-pa.googleapis.com',
    'safebrowsingohttpgateway.googleapis.com',
    'update.googleapis.com',
  ].join('|')})(:[0-9]+)?$`,
);

describe.skipIf(CHROMIUM === undefined)('the studio in Chromium (skipped where none is installed)', () => {
  let proxy: RecordingProxy;
  let browser: Browser;
  /** Another origin, which anyone may ask. */
  let foreign: Server;
  let foreignOrigin: string;
  let foreignRequests = 0;
  /** Complaints of pages: errors, and what the policy refused. */
  let complaints: string[] = [];
  const contexts: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    proxy = await startRecordingProxy();
    browser = await launchChromium(proxy.flags);
    foreign = createServer((_, response) => {
      foreignRequests++;
      response
        .writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' })
        .end('1');
    });
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    foreignOrigin = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
  }, START_TIMEOUT_MS);
  beforeEach(() => {
    proxy.requests.length = 0;
    foreignRequests = 0;
    complaints = [];
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });
  afterAll(async () => {
    await browser.close();
    proxy.close();
    foreign.close();
  });

  async function open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ locale: 'en', ...options });
    contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => {
      if (message.type() !== 'info') complaints.push(message.text());
    });
    await page.goto(url);
    return page;
  }
  const becomesReady = (page: Page) =>
    page.waitForFunction(() => document.documentElement.dataset['offline'] === 'ready', undefined, WAIT);
  /** Opens the example and reads its face. */
  async function readExample(page: Page): Promise<string | null> {
    await page.getByRole('button', { name: 'An example' }).click();
    const result = page.getByTestId('result');
    await result.waitFor(WAIT);
    return result.getAttribute('data-expression');
  }
  /** The names of the requests so far; all have to be to the studio's own origin. */
  function takeRequests(url: string): string[] {
    const requests = proxy.requests.splice(0).filter(({ origin }) => !OF_CHROMIUM.test(origin));
    expect(requests.filter(({ origin }) => origin !== new URL(url).origin)).toEqual([]);
    return requests.map(({ path }) => path);
  }
  /** What a worker gets from another origin by each way that it has. */
  async function askFromWorker(page: Page): Promise<readonly string[]> {
    await expect.poll(() => page.workers().length, WAIT).toBeGreaterThan(0);
    // A string, because Vitest rewrites `import()` in functions.
    return page.workers()[0]!.evaluate(`(() => {
      const outcome = (promise) => promise.then(() => 'loaded', () => 'refused');
      const connect = () => new Promise((resolve, reject) => {
        const socket = new WebSocket('${foreignOrigin.replace('http', 'ws')}');
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      return Promise.all([
        outcome(fetch('${foreignOrigin}/fetched')),
        outcome(import('${foreignOrigin}/imported')),
        outcome(connect()),
      ]);
    })()`);
  }

  describe('served by mien studio', () => {
    let studio: RunningStudio;
    beforeAll(async () => {
      studio = await runStudio(['--port', '0']);
    });
    afterAll(() => studio.stop());

    test('reads the example at its first visit, under its policy, and complains of nothing', async () => {
      const page = await open(studio.url);
      expect(await readExample(page)).toBe('happy');
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      await becomesReady(page);
      takeRequests(studio.url);
      expect(complaints).toEqual([]);
    });

    test('loads at most 450 KB before it is ready to read', async () => {
      const page = await open(studio.url, { serviceWorkers: 'block' });
      const detector = () => proxy.requests.filter(({ path }) => path.endsWith('.safetensors'));
      await expect.poll(() => detector().length, WAIT).toBe(2);
      await page.waitForLoadState('networkidle');
      const sizes = Object.fromEntries(proxy.requests.map(({ path, sizeBytes }) => [path, sizeBytes]));
      const total = Object.values(sizes).reduce((sum, size) => sum + size, 0);
      // The engine and both models alone are 300 KB: less would mean that something was not counted.
      expect(total, JSON.stringify(sizes)).toBeGreaterThan(300_000);
      expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
    });

    test('asks for nothing any more once it is ready for use offline', async () => {
      const page = await open(studio.url);
      await becomesReady(page);
      expect(takeRequests(studio.url)).toContain('/service-worker.js');
      expect(await readExample(page)).toBe('happy');
      await page.getByRole('combobox', { name: 'Face detector' }).selectOption('haar-frontalface');
      await expect.poll(() => page.workers().length, WAIT).toBe(1);
      // Loaded when it is asked for.
      expect(await save(page, 'Report (one HTML page)')).toContain('Expressions in 1 picture');
      await page.waitForLoadState('networkidle');
      expect(takeRequests(studio.url)).toEqual([]);
    });

    test('lets no worker ask another origin', async () => {
      const page = await open(studio.url, { serviceWorkers: 'block' });
      expect(await askFromWorker(page)).toEqual(['refused', 'refused', 'refused']);
      expect(foreignRequests).toBe(0);
      takeRequests(studio.url);
    });

    test('loads a large part when it is asked for, and keeps it', async () => {
      const page = await open(studio.url);
      await becomesReady(page);
      await page.reload(); // Now under the service worker.
      await becomesReady(page);
      takeRequests(studio.url);
      const worker = await (await page.request.get(`${studio.url}service-worker.js`)).text();
      const [part = ''] = /assets\/formats-[^"]+/.exec(worker) ?? [];
      const load = () =>
        page.evaluate(async (path) => (await (await fetch(`./${path}`)).text()).length, part);
      expect(await load()).toBeGreaterThan(100_000);
      expect(proxy.requests.map(({ path }) => path)).toContain(`/${part}`);
      proxy.requests.length = 0;
      expect(await load()).toBeGreaterThan(100_000);
      expect(takeRequests(studio.url)).toEqual([]);
    });

    test('can be installed', async () => {
      const page = await open(studio.url);
      await becomesReady(page);
      const session = await page.context().newCDPSession(page);
      const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
      // Pages of tests are those of a private window.
      expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
    });
  });

  test('works offline: reloaded with the server gone, it reads a picture', async () => {
    const studio = await runStudioInTest(['--port', '0']);
    const page = await open(studio.url);
    await becomesReady(page);
    await studio.stop();
    await page.reload();
    expect(await readExample(page)).toBe('happy');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await becomesReady(page);
  });

  test('offers the checkpoints of --models, and reads with one', async () => {
    const runs = await mkdtemp(join(tmpdir(), 'mien-runs-'));
    const name = '_mini_XCEPTION.15-0.60.safetensors';
    await writeFile(join(runs, name), makeCheckpoint());
    const studio = await runStudioInTest(['--port', '0', '--models', runs]);
    const page = await open(studio.url);
    await page.getByRole('button', { name }).first().click();
    await page.getByRole('button', { name: 'An example' }).click();
    await page.getByTestId('result').waitFor(WAIT);
    expect(takeRequests(studio.url)).toContain(`/models/${name}`);
    await studio.stop();
    await rm(runs, { recursive: true });
  });

  describe('on a static host without headers, in a subfolder', () => {
    let folder: string;
    let host: StaticServer;
    let url: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mien-host-'));
      await cp(STUDIO, join(folder, 'some', 'studio'), { recursive: true });
      host = await serveFolder(folder);
      url = `${host.origin}/some/studio/`;
    });
    afterAll(async () => {
      host.close();
      await rm(folder, { recursive: true });
    });

    test('reads the example, and asks for nothing outside of its folder', async () => {
      const page = await open(url);
      expect(await readExample(page)).toBe('happy');
      await becomesReady(page);
      const requests = takeRequests(url);
      expect(requests.filter((path) => !path.startsWith('/some/studio/'))).toEqual([]);
      expect(complaints).toEqual([]);
    });

    test('lets no worker ask another origin, at the first visit and later', async () => {
      const page = await open(url);
      expect(await askFromWorker(page)).toEqual(['refused', 'refused', 'refused']);
      await becomesReady(page);
      await page.reload();
      expect(await askFromWorker(page)).toEqual(['refused', 'refused', 'refused']);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      expect(foreignRequests).toBe(0);
      takeRequests(url);
    });

    test('needs its service worker for that: without one the same worker is free to ask', async () => {
      const page = await open(url, { serviceWorkers: 'block' });
      expect((await askFromWorker(page))[0]).toBe('loaded');
      expect(foreignRequests).toBeGreaterThan(0);
      // And the log of requests that the other tests rely on shows it.
      expect(proxy.requests.map(({ origin }) => origin)).toContain(foreignOrigin);
    });

    test('lets the page itself ask no other origin either', async () => {
      const page = await open(url, { serviceWorkers: 'block' });
      const outcome = await page.evaluate(
        (origin) =>
          fetch(origin).then(
            () => 'loaded',
            () => 'refused',
          ),
        foreignOrigin,
      );
      expect({ outcome, foreignRequests }).toEqual({ outcome: 'refused', foreignRequests: 0 });
    });

    test('shows a new version at once, and drops the old one with its last page', async () => {
      const cacheCount = (page: Page) => page.evaluate(async () => (await caches.keys()).length);
      const page = await open(url);
      await becomesReady(page);
      expect(await cacheCount(page)).toBe(1);
      for (const [name, from, to] of [
        ['index.html', '<title>Mien Studio', '<title>Newer Mien Studio'],
        // The version, which is a hash of all files.
        ['service-worker.js', /"[\w-]{16}"/, '"newer"'],
      ] as const) {
        const path = join(folder, 'some', 'studio', name);
        const text = await readFile(path, 'utf8');
        const changed = text.replace(from, to);
        expect(changed).not.toBe(text);
        await writeFile(path, changed);
      }
      await page.reload();
      expect(await page.title()).toBe('Newer Mien Studio');
      // The old version's files stay for as long as one of its pages may need them.
      await expect.poll(() => cacheCount(page), WAIT).toBe(2);
      const context = page.context();
      await becomesReady(page);
      await page.goto('about:blank');
      const next = await context.newPage();
      await expect
        .poll(async () => {
          await next.goto('about:blank');
          await next.goto(url);
          return cacheCount(next);
        }, WAIT)
        .toBe(1);
      expect(await readExample(next)).toBe('happy');
    });
  });
});
