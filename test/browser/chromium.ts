/** A real Chromium and a server for its pages, as the tests of pages share them. */
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { createPageServer } from '../../scripts/serve.js';

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
/** Without one the tests of pages are skipped. */
export const HAS_CHROMIUM = EXECUTABLE !== undefined;
export const START_TIMEOUT_MS = 120_000;

/** The script of our threads, where a page loads it from. */
export const THREAD = '/packages/train/dist/threads/web-thread.js';

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: EXECUTABLE ?? '', args: FLAGS });

/** Serves pages on a free port of this machine; `origin` is where. */
export async function servePages(options: Parameters<typeof createPageServer>[0]) {
  const server = createPageServer(options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The least page that runs a module. */
export const pageOf = (module: string) =>
  `<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="${module}"></script>`;

/** Threads end a moment after they were told to, those of a worker that was ended some seconds after it. */
export const expectNoThreads = (page: Page) =>
  expect
    .poll(() => page.workers().filter((worker) => worker.url().endsWith(THREAD)), { timeout: 20_000 })
    .toEqual([]);
