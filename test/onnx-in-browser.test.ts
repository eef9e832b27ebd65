/** An ONNX model that our engine lacks an operator for, in a page: onnxruntime-web runs it, our pipeline does the rest. */
import { existsSync, readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createAnalyzer, createHaarDetector, loadModel, type Analysis, type Frame } from '@mien/core';
import type { Browser, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABELS, makeCheckpoint } from '../packages/node/src/testing/make-checkpoint.js';
import { makeExternalOnnx } from '../packages/node/src/testing/make-external-onnx.js';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from './browser/chromium.js';
import { pageOf, servePages } from './browser/pages.js';

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Installed for the bench: `npm install --prefix bench`. */
const RUNTIME = fileOf('../bench/node_modules/onnxruntime-web/dist/');
const canRun = CHROMIUM !== undefined && existsSync(RUNTIME);

async function bundlePage(): Promise<string> {
  const bundle = await rolldown({
    input: fileOf('browser/onnx-page.js'),
    cwd: fileOf('..'),
    platform: 'browser',
    // h5wasm asks for Node's modules where it runs in Node.
    external: /^(node:|module$|fs$|path$)/,
    onLog: () => undefined,
  });
  try {
    const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}

describe.skipIf(!canRun)('in Chromium (needs Chromium and npm install --prefix bench)', () => {
  let frame: Frame;
  let server: Server;
  let browser: Browser;
  let page: Page;
  const cascade = readFileSync(fileOf('../models/haar-frontalface/cascade.bin'));
  /** Errors of the page. */
  const complaints: string[] = [];

  beforeAll(async () => {
    const { data, info } = await sharp(fileOf('../examples/eileen-collins.png'))
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    frame = { width: info.width, height: info.height, channels: 3, data };
    const served = await servePages({
      made: {
        '/': pageOf('/page.js'),
        '/page.js': await bundlePage(),
        '/ort/ort.js': readFileSync(`${RUNTIME}ort.wasm.bundle.min.mjs`),
        '/ort/ort.wasm': readFileSync(`${RUNTIME}ort-wasm-simd-threaded.wasm`),
        '/external.onnx': makeExternalOnnx(),
        '/cascade.bin': cascade,
        '/frame.bin': data,
      },
    });
    server = served.server;
    browser = await launchChromium();
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(served.origin);
    await page.waitForFunction('globalThis.analyseInPage !== undefined');
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it('follows a face through overlapping calls, with the probabilities of our engine in Node', async () => {
    const { engine, results }: { engine: string; results: readonly Analysis[] } = await page.evaluate(
      `analyseInPage(${frame.width}, ${frame.height})`,
    );
    expect(complaints).toEqual([]);
    expect(engine).toMatch(/^onnxruntime \d/);
    const model = await loadModel({ manifest: undefined, weights: makeCheckpoint(), source: 'ours' });
    const analyzer = await createAnalyzer({ model, detector: await createHaarDetector({ cascade }) });
    const expected = [0, 100, 200].map((ms) => analyzer.analyzeFrame(frame, ms));
    expect(results.map(({ timestampMs, faces }) => [timestampMs, faces.map(({ id }) => id)])).toEqual([
      [0, [undefined]],
      [100, [1]],
      [200, [1]],
    ]);
    for (const [index, { faces, model: id }] of results.entries()) {
      expect(id).toBe('external');
      expect(faces[0]?.box).toEqual(expected[index]?.faces[0]?.box);
      for (const label of LABELS) {
        const ours = expected[index]?.faces[0]?.probabilities[label] ?? NaN;
        expect(faces[0]?.probabilities[label]).toBeCloseTo(ours, 4);
      }
    }
  });
});
