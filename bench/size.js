// What a page downloads that reads faces: code, kernels, network and detector, each compressed as a server does it.
//   node bench/size.js
// @ts-check
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** The whole way of a picture, as in the README: what bundlers cannot leave out. */
const PAGE = `export { createAnalyzer, createHaarDetector, loadModel } from '@mien/core';`;
const MODELS = {
  'mini_Xception, weights': '../models/mini-xception/weights.safetensors',
  'mini_Xception, manifest': '../models/mini-xception/manifest.json',
  'Haar cascade': '../models/haar-frontalface/cascade.bin',
};
/** Of these chunks a page loads one: the build that its browser runs. */
const KERNELS = /^kernels-(simd|relaxed)(-shared)?-/;

/** @returns {Promise<Record<string, number>>} gzipped bytes by part, and their sum as `all` */
export async function measureSizes() {
  const bundle = await rolldown({
    input: 'page',
    platform: 'browser',
    plugins: [
      {
        name: 'page',
        resolveId: (id) =>
          id === 'page' ? id : id === '@mien/core' ? fileURLToPath(import.meta.resolve(id)) : null,
        load: (id) => (id === 'page' ? PAGE : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'es', minify: true });
  await bundle.close();
  const size = (/** @type {string | Uint8Array} */ content) => gzipSync(content, { level: 9 }).length;
  const chunks = output.map((it) => ({
    name: it.fileName,
    bytes: size(it.type === 'chunk' ? it.code : it.source),
  }));
  const kernels = chunks.filter(({ name }) => KERNELS.test(name));
  if (kernels.length === 0)
    throw new Error(`no chunk of kernels among ${chunks.map(({ name }) => name).join(', ')}`);
  /** @type {Record<string, number>} */
  const parts = {
    code: chunks.reduce((sum, chunk) => sum + (kernels.includes(chunk) ? 0 : chunk.bytes), 0),
    'kernels, the largest build': Math.max(...kernels.map(({ bytes }) => bytes)),
  };
  for (const [name, path] of Object.entries(MODELS))
    parts[name] = size(readFileSync(new URL(path, import.meta.url)));
  return { ...parts, all: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.table(await measureSizes());
