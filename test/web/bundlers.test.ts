/**
 * Builds an app with @mien/web, installed from tarballs, by each bundler, and runs it in Chromium: served as static files,
 * under a strict Content-Security-Policy and without cross-origin isolation.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@mien/core';
import { toOnnx } from '@mien/formats';
import * as esbuild from 'esbuild';
import type { Browser } from 'playwright-core';
import { build as buildWithVite, createServer as createViteServer } from 'vite';
import webpack from 'webpack';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, launchChromium, START_TIMEOUT_MS } from '../browser/chromium.js';
import { install, type Installation } from './installation.js';
import { serveFolder } from './static-server.js';
import { PORTRAIT } from './site.js';

/** The policy of the README. */
const POLICY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:",
};

/** An app of one module. Its title shows what it read with the bundled model and with a file. */
const APP = (options: string) => `
  import { createAnalyzer } from '@mien/web';

  async function read(options) {
    const analyzer = await createAnalyzer(options);
    const { faces, model } = await analyzer.analyze(await (await fetch('/portrait.png')).blob());
    analyzer.dispose();
    return model + ': ' + faces.map(({ expression }) => expression);
  }

  try {
    const options = ${options};
    const readings = [await read(options), await read({ ...options, model: '/mine.onnx' })];
    document.title = 'read ' + readings.join(', ');
  } catch (error) {
    document.title = 'failed ' + error.message;
  }
`;
const PAGE = (script: string) => `<!doctype html><title>app</title><link rel="icon" href="data:,">${script}`;
const READ = 'read nano: happy, mine: happy';

describe.skipIf(CHROMIUM === undefined)('an app built by', () => {
  let installation: Installation;
  let browser: Browser;
  let portrait: Buffer;
  let model: Uint8Array;
  const at = (path: string) => join(installation.folder, path);

  beforeAll(async () => {
    installation = await install('@mien/web');
    browser = await launchChromium();
    portrait = readFileSync(PORTRAIT);
    model = await makeOnnx();
    writeFileSync(at('package.json'), '{ "private": true, "type": "module" }');
    writeFileSync(at('main.js'), APP('{}'));
    writeFileSync(at('index.html'), PAGE('<script type="module" src="/main.js"></script>'));
    mkdirSync(at('public'));
    writeFileSync(at('public/portrait.png'), portrait);
    writeFileSync(at('public/mine.onnx'), model);
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    await browser.close();
    await installation.remove();
  });

  /** Opens a URL and waits for the result of the app; fails for anything on the console. */
  async function titleOf(url: string, known = /^$/): Promise<string> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => complaints.push(message.text()));
    try {
      await page.goto(url);
      await page.waitForFunction(() => document.title !== 'app', undefined, { timeout: 60_000 });
      expect(complaints.filter((complaint) => !known.test(complaint))).toEqual([]);
      expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
      return await page.title();
    } finally {
      await page.close();
    }
  }

  async function runBuilt(folder: string, known?: RegExp): Promise<string> {
    const server = await serveFolder(at(folder), POLICY);
    server.made.set('/portrait.png', portrait);
    server.made.set('/mine.onnx', model);
    try {
      return await titleOf(server.origin, known);
    } finally {
      server.close();
    }
  }

  test('Vite works', async () => {
    await buildWithVite({
      root: installation.folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir: 'vite' },
    });
    expect(await runBuilt('vite')).toBe(READ);
  });

  test('Vite with a base path and inlined assets works', async () => {
    await buildWithVite({
      root: installation.folder,
      configFile: false,
      logLevel: 'error',
      base: '/deep/app/',
      build: {
        outDir: 'vite-inlined/deep/app',
        assetsInlineLimit: (file) => /[.](json|safetensors|bin)$/.test(file),
      },
    });
    const server = await serveFolder(at('vite-inlined'), POLICY);
    server.made.set('/portrait.png', portrait);
    server.made.set('/mine.onnx', model);
    try {
      expect(await titleOf(`${server.origin}/deep/app/`)).toBe(READ);
      expect(server.requests.filter((path) => path.endsWith('.safetensors'))).toEqual([]);
    } finally {
      server.close();
    }
  });

  test("Vite's dev server works", async () => {
    const server = await createViteServer({
      root: installation.folder,
      configFile: false,
      logLevel: 'error',
      server: { port: 0 },
    });
    try {
      await server.listen();
      expect(await titleOf(server.resolvedUrls?.local[0] ?? '', /^\[vite\] connect/)).toBe(READ);
    } finally {
      await server.close();
    }
  });

  test('webpack works', async () => {
    const compiler = webpack({
      mode: 'production',
      context: installation.folder,
      entry: './main.js',
      output: { path: at('webpack') },
      // Minimizing hdf5.js takes half a minute.
      optimization: { minimize: false },
      performance: { hints: false },
    });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
      compiler.run((error, result) => (error === null ? resolve(result) : reject(error))),
    );
    expect(stats?.toString({ all: false, errors: true, warnings: true })).toBe('');
    writeFileSync(at('webpack/index.html'), PAGE('<script src="/main.js"></script>'));
    expect(await runBuilt('webpack')).toBe(READ);
  });

  describe('esbuild', () => {
    const bundle = async (name: string, options: string) => {
      writeFileSync(at(`${name}.js`), APP(options));
      const { warnings } = await esbuild.build({
        absWorkingDir: installation.folder,
        entryPoints: [`${name}.js`],
        bundle: true,
        minify: true,
        format: 'esm',
        outfile: `${name}/main.js`,
        logLevel: 'silent',
      });
      expect(warnings).toEqual([]);
      writeFileSync(at(`${name}/index.html`), PAGE('<script type="module" src="/main.js"></script>'));
    };

    test('with copied files works', async () => {
      await bundle('esbuild', "{ assetsUrl: '/mien' }");
      const command = at('node_modules/@mien/web/bin/copy-assets.js');
      expect(execFileSync(process.execPath, [command, at('esbuild/mien')], { encoding: 'utf8' })).toMatch(
        /esbuild\/mien: 6 files and 5 models\n$/,
      );
      expect(await runBuilt('esbuild')).toBe(READ);
    });

    test('without them reports what is missing', async () => {
      await bundle('esbuild-bare', '{}');
      expect(await runBuilt('esbuild-bare', /Failed to load resource|MIME type/)).toMatch(
        /^failed .*set assetsUrl/,
      );
    });
  });
});

/** The bundled model as ONNX, which needs the parsers of model files. */
async function makeOnnx(): Promise<Uint8Array> {
  const folder = new URL('../../models/mini-xception/', import.meta.url);
  const weights = readFileSync(fileURLToPath(new URL('weights.safetensors', folder)));
  const manifest: unknown = JSON.parse(readFileSync(fileURLToPath(new URL('manifest.json', folder)), 'utf8'));
  const model = await loadModel({ manifest, weights, source: 'mini-xception' });
  return toOnnx({ ...model, inputRange: model.manifest.input.range, crop: model.manifest.crop });
}
