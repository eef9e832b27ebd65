// What a page that reads faces with @mien/web downloads, each file compressed as a server compresses it.
//
//   node bench/size.js           prints the parts for either detector
//   node bench/size.js --write   also writes results/sizes.json, from which docs/SPEED.md is filled
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const DIST = '../packages/web/dist';
/** A page loads one of them: the build that its browser runs. */
const KERNELS = [`${DIST}/kernels-relaxed.js`, `${DIST}/kernels-simd.js`];
const FILES = {
  worker: `${DIST}/worker.js`,
  'mini_Xception, weights': '../models/mini-xception/weights.safetensors',
  'mini_Xception, manifest': '../models/mini-xception/manifest.json',
};
const DETECTORS = {
  blazeface: {
    'BlazeFace, weights': '../models/blazeface-short-range/weights.safetensors',
    'BlazeFace, manifest': '../models/blazeface-short-range/manifest.json',
  },
  haar: { 'Haar cascade': '../models/haar-frontalface/cascade.bin' },
};

/**
 * @param {keyof typeof DETECTORS} detector
 * @returns {Promise<Record<string, number>>} gzipped bytes by part, and their sum as `all`
 */
export async function measureSizes(detector = 'blazeface') {
  const size = (/** @type {string | Uint8Array} */ content) => gzipSync(content, { level: 9 }).length;
  const sizeOf = (/** @type {string} */ path) => size(readFileSync(new URL(path, import.meta.url)));
  /** @type {Record<string, number>} */
  const parts = {
    page: size(await bundlePage()),
    'kernels, the largest build': Math.max(...KERNELS.map(sizeOf)),
  };
  for (const [name, path] of Object.entries({ ...FILES, ...DETECTORS[detector] })) parts[name] = sizeOf(path);
  return { ...parts, all: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

/** The code of a page that watches a camera, as a bundler makes it. */
async function bundlePage() {
  const bundle = await rolldown({
    input: 'page',
    platform: 'browser',
    plugins: [
      {
        name: 'page',
        resolveId: (id) =>
          id === 'page' ? id : id.startsWith('@mien/') ? fileURLToPath(import.meta.resolve(id)) : null,
        load: (id) =>
          id === 'page' ? `export { createAnalyzer, drawFaces, openCamera } from '@mien/web';` : null,
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'es', minify: true });
  await bundle.close();
  return output.map((it) => (it.type === 'chunk' ? it.code : '')).join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = { blazeface: await measureSizes('blazeface'), haar: await measureSizes('haar') };
  for (const parts of Object.values(sizes)) console.table(parts);
  if (process.argv.includes('--write')) {
    const result = { date: new Date().toISOString().slice(0, 10), ...sizes };
    writeFileSync(
      new URL('results/sizes.json', import.meta.url),
      `${JSON.stringify(result, undefined, 2)}\n`,
    );
  }
}
