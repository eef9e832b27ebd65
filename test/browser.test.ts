/**
 * The built core in a real Chromium compared with Node. For each build of the kernels, probabilities and boxes must be
 * bit-identical, since both run the same WebAssembly.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import * as core from '@mien/core';
import * as nn from '@mien/core/nn';
import { createTrainingSession } from '@mien/train';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import { pageOf, servePages } from './browser/pages.js';
import { runCore, type CoreInputs, type CoreResults } from './browser/run-core.js';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** A network with seeded weights, computed pictures, and the portrait of the examples. */
async function createInputs(): Promise<CoreInputs> {
  const graph = nn.miniXception();
  const session = await createTrainingSession({
    graph,
    batchSize: 1,
    seed: 1,
    optimizer: { kind: 'sgd' },
    threads: 1,
  });
  const model = core.toSafetensors(session.weights(), { graph: JSON.stringify(graph) });
  await session.dispose();
  const { data, info } = await sharp(fileOf('../examples/eileen-collins.png'))
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    model,
    pictures: Float32Array.from({ length: 5 * 48 * 48 }, (_, index) => Math.sin(index * 12.9898)),
    cascade: readFileSync(fileOf('../models/haar-frontalface/cascade.bin')),
    frame: { width: info.width, height: info.height, channels: 3, data },
  };
}

/** The page and its inputs, by path. */
const toPage = (inputs: CoreInputs): Readonly<Record<string, string | Uint8Array>> => ({
  '/': pageOf('/test/browser/page.js'),
  '/model.safetensors': inputs.model,
  '/pictures.bin': bytesOf(inputs.pictures),
  '/cascade.bin': inputs.cascade,
  '/frame.bin': bytesOf(inputs.frame.data),
});

describe.skipIf(CHROMIUM === undefined)('the core in Chromium (skipped if it is not installed)', () => {
  let inputs: CoreInputs;
  let server: Server;
  let browser: Browser;
  let page: Page;
  /** Errors of the page. */
  const complaints: string[] = [];

  beforeAll(async () => {
    inputs = await createInputs();
    const served = await servePages({ made: toPage(inputs) });
    server = served.server;
    browser = await launchChromium();
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(served.origin);
    await page.waitForFunction('globalThis.runInPage !== undefined');
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  const runInPage = (build: nn.KernelBuild): Promise<CoreResults> =>
    page.evaluate(`runInPage(${JSON.stringify(build)}, ${inputs.frame.width}, ${inputs.frame.height})`);

  test.each(nn.KERNEL_BUILDS)('%s kernels give bit-identical results in Node and Chromium', async (build) => {
    const expected = await runCore(core, nn, build, inputs);
    const actual = await runInPage(build);
    expect([expected.ran, actual.ran]).toEqual([build, build]);
    expect(actual.probabilities).toEqual(expected.probabilities);
    expect(actual.detections).toEqual(expected.detections);
    expect(actual.detections).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  test('a current browser selects the relaxed kernels', async () => {
    expect((await runInPage('simd')).chooses).toBe('relaxed');
  });
});
