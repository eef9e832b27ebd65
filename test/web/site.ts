/** A page that uses @mien/web without a bundler, and a Chromium to open it. */
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
  /** Globals of the page: the package, an analyzer, and state that a test keeps between calls. */
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
  /** The folder in which the package is installed. */
  readonly folder: string;
  readonly server: StaticServer;
  readonly browser: Browser;
  /** Opens the page in a new browser context. */
  open(permissions?: readonly string[]): Promise<Page>;
  /** Drops expected console messages and page errors. */
  forgetComplaints(expected: RegExp): void;
  /** Fails for console messages and page errors since the last call. */
  expectNoComplaints(): void;
  close(): Promise<void>;
}

/** Serves the page and the installed package. */
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

/** @param flags command-line flags of Chromium, such as for a fake camera */
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
