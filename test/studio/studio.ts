/** The built studio, served as `mien studio` serves it, and a Chromium to open it in. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startStudioServer } from '@mien/node/studio';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium, START_TIMEOUT_MS } from '../browser/chromium.js';

const FOLDER = fileURLToPath(new URL('../../apps/studio/dist', import.meta.url));
export const PORTRAIT = fileURLToPath(new URL('../../examples/eileen-collins.png', import.meta.url));
/** On a busy machine a model takes its time to load. */
export const PATIENCE_MS = 110_000;

export interface OpenOptions extends BrowserContextOptions {
  /** A script that runs in the page before its own. */
  readonly before?: () => void;
}

export interface Studio {
  /** Opens the window in a context of its own. */
  open(search?: string, options?: OpenOptions): Promise<Page>;
  /** Closes the windows. */
  closePages(): Promise<void>;
  /** Drops expected errors in the consoles of the pages. */
  forgetErrors(expected: RegExp): void;
  /** Fails for errors in the consoles of the pages since the last call. */
  expectNoErrors(): void;
  close(): Promise<void>;
}

/** What tests call. */
export type StudioOfTests = Pick<Studio, 'open' | 'closePages' | 'forgetErrors'>;

/**
 * The studio for the tests of a `describe`. After each of them its pages are closed, and errors in their consoles fail it.
 *
 * @param prepare what Chromium needs: its flags, such as those of a synthetic camera
 */
export function useStudio(
  prepare: () => Promise<readonly string[]> | readonly string[] = () => [],
): StudioOfTests {
  let studio: Studio;
  beforeAll(async () => {
    studio = await startStudio(await prepare());
  }, START_TIMEOUT_MS);
  afterEach(async () => {
    await studio.closePages();
    studio.expectNoErrors();
  });
  afterAll(() => studio.close());
  return {
    open: (...args) => studio.open(...args),
    closePages: () => studio.closePages(),
    forgetErrors: (expected) => studio.forgetErrors(expected),
  };
}

/**
 * @param flags Chromium's own, such as those of a synthetic camera
 * @param runsFolder folder of training runs
 */
export async function startStudio(flags: readonly string[] = [], runsFolder?: string): Promise<Studio> {
  const server = await startStudioServer({ folder: FOLDER, port: 0, runsFolder });
  const browser = await launchChromium(flags);
  const errors: string[] = [];
  return {
    async open(search = '', { before, ...options } = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options });
      context.setDefaultTimeout(PATIENCE_MS);
      if (before !== undefined) await context.addInitScript(before);
      const page = await context.newPage();
      page.on('pageerror', ({ message }) => errors.push(message));
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      await page.goto(server.url + search);
      return page;
    },
    async closePages() {
      for (const context of browser.contexts()) await context.close();
    },
    forgetErrors(expected) {
      errors.splice(0, errors.length, ...errors.filter((error) => !expected.test(error)));
    },
    expectNoErrors() {
      expect(errors.splice(0)).toEqual([]);
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

export const portraitFile = (name = 'portrait.png') => ({
  name,
  mimeType: 'image/png',
  buffer: readFileSync(PORTRAIT),
});

/** Waits until the panel shows an expression. */
export async function waitForResult(page: Page, expression: string): Promise<void> {
  await page.waitForSelector(`[data-testid=result][data-expression=${expression}]`);
}

/** What is saved by an entry of the menu. */
export async function save(page: Page, entry: string): Promise<string> {
  return (await saveFile(page, entry)).text;
}

/** The file that is saved by an entry of the menu. */
export async function saveFile(page: Page, entry: string) {
  const summary = page.locator('.menu summary');
  if ((await page.locator('details.menu[open]').count()) === 0) await summary.click();
  const downloading = page.waitForEvent('download');
  await page.locator('.menu-list').getByRole('button', { name: entry, exact: true }).click();
  const download = await downloading;
  const path = await download.path();
  if ((await page.locator('details.menu[open]').count()) > 0) await summary.click();
  return { path, name: download.suggestedFilename(), text: readFileSync(path, 'utf8') };
}
