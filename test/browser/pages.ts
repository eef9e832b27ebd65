/** How tests of pages serve them, and what they look for in them. */
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { createPageServer } from '../../scripts/serve.js';

/** Serves pages on a free port of this machine; `origin` is where. */
export async function servePages(options: Parameters<typeof createPageServer>[0]) {
  const server = createPageServer(options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** The least page that runs a module. */
export const pageOf = (module: string) =>
  `<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="${module}"></script>`;

/** The script of our threads, where a page loads it from. */
export const THREAD = '/packages/train/dist/threads/web-thread.js';

/** Threads end a moment after they were told to, those of a worker that was ended some seconds after it. */
export const expectNoThreads = (page: Page) =>
  expect
    .poll(() => page.workers().filter((worker) => worker.url().endsWith(THREAD)), { timeout: 20_000 })
    .toEqual([]);
