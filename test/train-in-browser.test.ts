/**
 * Training in a real Chromium against training in Node: after the same steps on the same pictures every weight must
 * be the same bit for bit, on any number of threads, on a page's main thread and in its workers.
 */
import type { Server } from 'node:http';
import { KERNEL_BUILDS, type KernelBuild } from '@mien/core/nn';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import { expectNoThreads, pageOf, servePages, THREAD } from './browser/pages.js';
import { runTraining } from './browser/run-training.js';

type Training = Awaited<ReturnType<typeof runTraining>>;
type Options = Parameters<typeof runTraining>[0];

const PLACES = ['trainOnMainThread', 'trainInWorker'] as const;

describe.skipIf(CHROMIUM === undefined)('training in Chromium (skipped where none is installed)', () => {
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

  describe('in a page that may share memory', () => {
    let page: Page;
    beforeAll(async () => {
      page = await open(true);
    });

    describe.each(KERNEL_BUILDS)('%s kernels', (build: KernelBuild) => {
      let expected: Training;
      beforeAll(async () => {
        expected = await runTraining({ build, threads: 1 });
      });

      // One thread in a worker is what the page does that may not share memory.
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

    test('threads are as many as the device has, unless told otherwise', async () => {
      const { threads } = await train(page, 'trainInWorker', {});
      expect(threads).toBe(await page.evaluate('navigator.hardwareConcurrency'));
    });

    test.each([
      ['cannot be loaded', 'import "./absent.js";', 'its script web-thread.js could not be loaded'],
      ['fails', 'throw new Error("no room");', 'Uncaught Error: no room'],
    ])('a thread whose script %s refuses the session', async (_, script, reason) => {
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

  describe('in a page that may not share memory', () => {
    let page: Page;
    beforeAll(async () => {
      page = await open(false);
    });

    test.each(PLACES)('%s: one thread does it all, to the same bits', async (place) => {
      const build = 'simd';
      expect(await train(page, place, { build })).toEqual(await runTraining({ build, threads: 1 }));
    });

    test.each(PLACES)('%s: two threads are refused with what to do about it', async (place) => {
      await expect(train(page, place, { threads: 2 })).rejects.toThrow(
        'threads: 2 cannot share memory, this page is not cross-origin isolated: serve it with the headers ' +
          '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", or ask for 1',
      );
    });
  });
});
