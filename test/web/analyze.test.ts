/** `analyze` of @mien/web in a real Chromium: every kind of source, against the core in Node. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createAnalyzer, createBlazeFaceDetector, loadModel, type Analysis } from '@mien/core';
import type * as Mien from '@mien/web';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from '../browser/chromium.js';
import { importMapPage, STRICT_POLICY } from './import-map-page.js';
import { install, type Installation } from './installation.js';
import { serveFolder, type StaticServer } from './static-server.js';

declare global {
  var mien: typeof Mien;
}

const ROOT = new URL('../../', import.meta.url);
const PORTRAIT = fileURLToPath(new URL('examples/eileen-collins.png', ROOT));

async function filesOf(id: string) {
  const folder = new URL(`models/${id}/`, ROOT);
  const manifest: unknown = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
  return { manifest, weights: readFileSync(new URL('weights.safetensors', folder)), source: id };
}

/** What Node makes of the portrait. */
async function analyzeInNode(): Promise<Analysis> {
  const model = await loadModel(await filesOf('mini-xception'));
  const detector = await createBlazeFaceDetector({ model: await filesOf('blazeface-short-range') });
  const analyzer = await createAnalyzer({ model, detector });
  const { data, info } = await sharp(PORTRAIT).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return analyzer.analyzeImage({ width: info.width, height: info.height, channels: 3, data });
}

describe.skipIf(CHROMIUM === undefined)('analyze in Chromium (skipped where none is installed)', () => {
  let installation: Installation;
  let server: StaticServer;
  let browser: Browser;
  let page: Page;
  let expected: Analysis;
  const complaints: string[] = [];

  beforeAll(async () => {
    installation = await install('@mien/web');
    server = await serveFolder(installation.folder, STRICT_POLICY);
    server.made.set('/index.html', importMapPage('/page.js'));
    server.made.set('/page.js', "globalThis.mien = await import('@mien/web');");
    server.made.set('/portrait.png', readFileSync(PORTRAIT));
    browser = await launchChromium();
    expected = await analyzeInNode();
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(server.origin);
    await page.waitForFunction(() => 'mien' in globalThis);
    await page.evaluate(async () => {
      Object.assign(globalThis, { analyzer: await mien.createAnalyzer() });
    });
  }, START_TIMEOUT_MS);

  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser.close();
    server.close();
    await installation.remove();
  });

  test('gives what Node gives', async () => {
    const result = await page.evaluate(async () => {
      const blob = await (await fetch('/portrait.png')).blob();
      return (globalThis as unknown as { analyzer: Mien.Analyzer }).analyzer.analyze(blob);
    });
    expect(result).toEqual(expected);
  });
});
