/** A site of one page that has @mien/web without a bundler, and a Chromium to open it in. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as Mien from '@mien/web';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchChromium } from '../browser/chromium.js';
import { importMapPage, STRICT_POLICY } from './import-map-page.js';
import { install } from './installation.js';
import { serveFolder, type StaticServer } from './static-server.js';

declare global {
  /** In the page: the package, an analyzer with the defaults, and a place for what a test keeps from call to call. */
  var mien: typeof Mien;
  var analyzer: Mien.Analyzer;
  var kept: Record<string, unknown>;
}

export const PORTRAIT = fileURLToPath(new URL('../../examples/eileen-collins.png', import.meta.url));

const PAGE_SCRIPT = `
  import * as mien from '@mien/web';
  Object.assign(globalThis, { mien, kept: {} });
`;

export interface Site {
  /** Where the package is installed. */
  readonly folder: string;
  readonly server: StaticServer;
  readonly browser: Browser;
  /** Opens the page in a context of its own. */
  open(permissions?: readonly string[]): Promise<Page>;
  /** Of what the pages have complained about, that which is expected. */
  forgetComplaints(expected: RegExp): void;
  /** Fails for what the pages have complained about since the last call. */
  expectNoComplaints(): void;
  close(): Promise<void>;
}

/** Serves the page, from where the package is installed. */
export async function serveSite(
  folder: string,
  headers: Readonly<Record<string, string>>,
): Promise<StaticServer> {
  const server = await serveFolder(folder, headers);
  server.made.set('/index.html', importMapPage('/page.js'));
  server.made.set('/page.js', PAGE_SCRIPT);
  server.made.set('/portrait.png', readFileSync(PORTRAIT));
  return server;
}

/** @param flags Chromium's own, such as those of a made-up camera */
export async function startSite(flags: readonly string[] = []): Promise<Site> {
  const installation = await install('@mien/web');
  const server = await serveSite(installation.folder, STRICT_POLICY);
  const browser = await launchChromium(flags);
  const complaints: string[] = [];
  return {
    folder: installation.folder,
    server,
    browser,
    async open(permissions = []) {
      const context = await browser.newContext({ permissions: [...permissions] });
      const page = await context.newPage();
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('console', (message) => complaints.push(message.text()));
      await page.goto(server.origin);
      await page.waitForFunction(() => 'mien' in globalThis);
      return page;
    },
    forgetComplaints(known) {
      complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !known.test(complaint)));
    },
    expectNoComplaints() {
      expect(complaints.splice(0)).toEqual([]);
    },
    async close() {
      await browser.close();
      server.close();
      await installation.remove();
    },
  };
}
