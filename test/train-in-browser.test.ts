/**
 * Training in a real Chromium compared with Node. After the same steps on the same pictures, all weights must be bit-identical,
 * on any number of threads, on the main thread of a page and in its workers.
 */
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { KERNEL_BUILDS, type KernelBuild } from '@mien/core/nn';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import { expectNoThreads, pageOf, servePages, THREAD } from './browser/pages.js';
import { runTraining } from './browser/run-training.js';
import { trainOnCsv } from './browser/train-model.js';

type Training = Awaited<ReturnType<typeof runTraining>>;
type Options = Parameters<typeof runTraining>[0];

const PAGE = fileURLToPath(new URL('browser/train-model.html', import.meta.url));
const PLACES = ['trainOnMainThread', 'trainInWorker'] as const;

describe.skipIf(CHROMIUM === undefined)('training in Chromium (skipped if it is not installed)', () => {
  let browser: Browser;
  const servers: Server[] = [];

  async function open(isolated: boolean, threadScript?: string): Promise<Page> {
    const made = {
      '/': pageOf('/test/browser/train-page.js'),
      ...(threadScript === undefined ? {} : { [THREAD]: threadScript }),
    };
    const { server, origin } = await servePages({ isolated, made });
    servers.push(server);
    const page = await browser.newPage();
    await page.goto(origin);
    await page.waitForFunction('globalThis.trainInWorker !== undefined');
    return page;
  }

  const train = (page: Page, place: (typeof PLACES)[number], options: Options): Promise<Training> =>
    page.evaluate(`${place}(${JSON.stringify(options)})`);

  beforeAll(async () => {
    browser = await launchChromium();
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await browser.close();
    for (const server of servers) server.close();
  });

  describe('in a page that can share memory', () => {
    let page: Page;
    beforeAll(async () => {
      page = await open(true);
    });

    describe.each(KERNEL_BUILDS)('%s kernels', (build: KernelBuild) => {
      let expected: Training;
      beforeAll(async () => {
        expected = await runTraining({ build, threads: 1 });
      });

      // Pages without shared memory test one thread in a worker.
      test.each([
        ['trainOnMainThread', 1],
        ['trainOnMainThread', 2],
        ['trainInWorker', 2],
      ] as const)(
        '%s, threads: %i – every weight and probability is what it is in Node',
        async (place, threads) => {
          expect(await train(page, place, { build, threads })).toEqual({ ...expected, threads });
          await expectNoThreads(page);
        },
      );
    });

    test('uses all cores of the device by default', async () => {
      const { threads } = await train(page, 'trainInWorker', {});
      expect(threads).toBe(await page.evaluate('navigator.hardwareConcurrency'));
    });

    test.each([
      ['cannot be loaded', 'import "./absent.js";', 'its script web-thread.js could not be loaded'],
      ['fails', 'throw new Error("no room");', 'Uncaught Error: no room'],
    ])('a thread whose script %s makes the session fail', async (_, script, reason) => {
      const broken = await open(true, script);
      for (const place of PLACES) {
        await expect(train(broken, place, { threads: 3 })).rejects.toThrow(
          `threads: a worker did not start (${reason}); run with one thread`,
        );
      }
      await expectNoThreads(broken);
      await broken.close();
    });
  });

  describe('in a page that cannot share memory', () => {
    let page: Page;
    beforeAll(async () => {
      page = await open(false);
    });

    test.each(PLACES)('%s: one thread gives the same bits', async (place) => {
      const build = 'simd';
      expect(await train(page, place, { build })).toEqual(await runTraining({ build, threads: 1 }));
    });

    test.each(PLACES)('%s: two threads are refused with advice', async (place) => {
      await expect(train(page, place, { threads: 2 })).rejects.toThrow(
        'threads: 2 cannot share memory, this page is not cross-origin isolated: serve it with the headers ' +
          '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or ask for 1',
      );
    });
  });

  describe('trainModel of @mien/train, in a page built by a bundler', () => {
    let made: Record<string, string | Uint8Array>;
    beforeAll(async () => {
      const built = await build({
        root: fileURLToPath(new URL('browser/', import.meta.url)),
        configFile: false,
        logLevel: 'error',
        build: { write: false, rolldownOptions: { input: { page: PAGE } } },
        worker: { format: 'es' },
      });
      const files = [built].flat().flatMap((result) => ('output' in result ? result.output : []));
      made = Object.fromEntries(
        files.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
      );
    }, START_TIMEOUT_MS);

    test.each([
      [true, 2],
      [false, undefined],
    ])(
      'gives the same bits as in Node, resumed or not (shared memory: %s, threads: %s)',
      async (isolated, threads) => {
        const { server, origin } = await servePages({ isolated, made });
        servers.push(server);
        const page = await browser.newPage();
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(error.message));
        page.on('console', (message) => complaints.push(message.text()));
        await page.goto(`${origin}/train-model.html`);
        await page.waitForFunction('globalThis.trainOnCsv !== undefined');

        const expected = await trainOnCsv(1);
        expect(expected.reasons).toEqual(['finished', 'aborted', 'finished']);
        expect(expected.resumed).toEqual(expected.whole);
        expect(expected.whole.losses).toHaveLength(2);
        expect(await page.evaluate(`trainOnCsv(${threads})`)).toEqual({ ...expected, threads: threads ?? 1 });
        expect(complaints).toEqual([]);
        await page.close();
      },
    );
  });
});
