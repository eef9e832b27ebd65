// What a page that reads faces downloads, each file compressed as a server compresses it.
//
//   node bench/size.js           prints the parts
//   node bench/size.js --write   also writes results/sizes.json, from which docs/SPEED.md is filled
// @ts-check
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { LARGE_PARTS, storable } from '../apps/studio/build/stored-files.js';

const DIST = '../packages/web/dist';
/** A page loads one of them: the build that its browser supports. */
const KERNELS = [`${DIST}/kernels-relaxed.js`, `${DIST}/kernels-simd.js`];
const FILES = {
  worker: `${DIST}/worker.js`,
  'nano, weights': '../models/nano/weights.safetensors',
  'nano, manifest': '../models/nano/manifest.json',
  'BlazeFace, weights': '../models/blazeface-short-range/weights.safetensors',
  'BlazeFace, manifest': '../models/blazeface-short-range/manifest.json',
};

/** Of the core, bundled for a page without @mien/web: the chunks with a build of the kernels, of which it loads one. */
const CORE_KERNELS = /^kernels-(simd|relaxed)(-shared)?-/;
const CORE_FILES = {
  'nano, weights': FILES['nano, weights'],
  'nano, manifest': FILES['nano, manifest'],
  'Haar cascade': '../models/haar-frontalface/cascade.bin',
};

const size = (/** @type {string | Uint8Array} */ content) => gzipSync(content, { level: 9 }).length;
const sizeOf = (/** @type {string} */ path) => size(readFileSync(new URL(path, import.meta.url)));

/**
 * A page that watches a camera with @mien/web and its defaults.
 *
 * @returns {Promise<Record<string, number>>} gzipped bytes by part, and their sum as `all`
 */
export async function measureSizes() {
  const output = await bundlePage(`export { createAnalyzer, drawFaces, openCamera } from '@mien/web';`);
  return withSum(
    {
      page: size(output.map((it) => (it.type === 'chunk' ? it.code : '')).join('')),
      'kernels, the largest build': Math.max(...KERNELS.map(sizeOf)),
    },
    FILES,
  );
}

/**
 * The smallest page: @mien/core alone, with the Haar cascade as its detector.
 *
 * @returns {Promise<Record<string, number>>} gzipped bytes by part, and their sum as `all`
 */
export async function measureCoreSizes() {
  const output = await bundlePage(
    `export { createAnalyzer, createHaarDetector, loadModel } from '@mien/core';`,
  );
  const chunks = output.map((it) => ({
    name: it.fileName,
    bytes: size(it.type === 'chunk' ? it.code : it.source),
  }));
  const kernels = chunks.filter(({ name }) => CORE_KERNELS.test(name));
  if (kernels.length === 0)
    throw new Error(`no chunk of kernels among ${chunks.map(({ name }) => name).join(', ')}`);
  return withSum(
    {
      code: chunks.reduce((sum, chunk) => sum + (kernels.includes(chunk) ? 0 : chunk.bytes), 0),
      'kernels, the largest build': Math.max(...kernels.map(({ bytes }) => bytes)),
    },
    CORE_FILES,
  );
}

/**
 * What the built studio stores for use offline, as its server sends it: with brotli where that makes it smaller.
 *
 * @returns {Record<'stored' | 'formats' | 'hdf5', number>} bytes of the files that are stored, and of the parts that wait until
 *   such a model file is opened
 */
export function measureStudioSizes() {
  const folder = new URL('../apps/studio/dist/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(new URL(path, folder)).isFile(),
  );
  const sent = (/** @type {string} */ path) => {
    const compressed = new URL(`${path}.br`, folder);
    return statSync(existsSync(compressed) ? compressed : new URL(path, folder)).size;
  };
  const sum = (/** @type {(path: string) => boolean} */ isCounted) =>
    storable(files)
      .filter(isCounted)
      .reduce((bytes, path) => bytes + sent(path), 0);
  return {
    stored: sum((path) => !LARGE_PARTS.test(path)),
    formats: sum((path) => path.startsWith('assets/formats-')),
    hdf5: sum((path) => path.startsWith('assets/hdf5-')),
  };
}

/** @param {Record<string, number>} parts @param {Record<string, string>} files */
function withSum(parts, files) {
  const all = { ...parts };
  for (const [name, path] of Object.entries(files)) all[name] = sizeOf(path);
  return { ...all, all: Object.values(all).reduce((sum, bytes) => sum + bytes, 0) };
}

/** @param {string} code of the page's entry point */
async function bundlePage(code) {
  const bundle = await rolldown({
    input: 'page',
    platform: 'browser',
    plugins: [
      {
        name: 'page',
        resolveId: (id) =>
          id === 'page' ? id : id.startsWith('@mien/') ? fileURLToPath(import.meta.resolve(id)) : null,
        load: (id) => (id === 'page' ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'es', minify: true });
  await bundle.close();
  return output;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = { page: await measureSizes(), core: await measureCoreSizes(), studio: measureStudioSizes() };
  for (const parts of Object.values(sizes)) console.table(parts);
  if (process.argv.includes('--write')) {
    const result = { date: new Date().toISOString().slice(0, 10), ...sizes };
    writeFileSync(
      new URL('results/sizes.json', import.meta.url),
      `${JSON.stringify(result, undefined, 2)}\n`,
    );
  }
}
