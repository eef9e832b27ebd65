/** Shared by tests of pages: serving them, and inspecting them. */
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { createPageServer } from '../../scripts/serve.js';

/** Serves pages on a free port of this machine, at `origin`. */
export async function servePages(options: Parameters<typeof createPageServer>[0]) {
  const server = createPageServer(options);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A minimal page that runs a module. */
export const pageOf = (module: string) =>
  `<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="${module}"></script>`;

/** Path from which a page loads the script of our threads. */
export const THREAD = '/packages/train/dist/threads/web-thread.js';

/** Threads end shortly after they are terminated, and those of a terminated worker some seconds later. */
export const expectNoThreads = (page: Page) =>
  expect
    .poll(() => page.workers().filter((worker) => worker.url().endsWith(THREAD)), { timeout: 20_000 })
    .toEqual([]);
