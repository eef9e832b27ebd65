// What a page that reads faces downloads: code, kernels, network and detector, each compressed as a server compresses it.
//
//   node bench/size.js           prints the parts for either detector
//   node bench/size.js --write   also writes results/sizes.json, from which docs/SPEED.md is filled
// @ts-check
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const CLASSIFIER = {
  'mini_Xception, weights': '../models/mini-xception/weights.safetensors',
  'mini_Xception, manifest': '../models/mini-xception/manifest.json',
};
/** By detector: the function that creates it, and its files. */
const DETECTORS = {
  blazeface: {
    create: 'createBlazeFaceDetector',
    files: {
      'BlazeFace, weights': '../models/blazeface-short-range/weights.safetensors',
      'BlazeFace, manifest': '../models/blazeface-short-range/manifest.json',
    },
  },
  haar: {
    create: 'createHaarDetector',
    files: { 'Haar cascade': '../models/haar-frontalface/cascade.bin' },
  },
};
/** A page loads one of these chunks: the build that its browser runs. */
const KERNELS = /^kernels-(simd|relaxed)(-shared)?-/;

/**
 * @param {keyof typeof DETECTORS} detector
 * @returns {Promise<Record<string, number>>} gzipped bytes by part, and their sum as `all`
 */
export async function measureSizes(detector = 'blazeface') {
  const { create, files } = DETECTORS[detector];
  // What bundlers cannot leave out.
  const page = `export { createAnalyzer, ${create}, loadModel } from '@mien/core';`;
  const bundle = await rolldown({
    input: 'page',
    platform: 'browser',
    plugins: [
      {
        name: 'page',
        resolveId: (id) =>
          id === 'page' ? id : id === '@mien/core' ? fileURLToPath(import.meta.resolve(id)) : null,
        load: (id) => (id === 'page' ? page : null),
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
  for (const [name, path] of Object.entries({ ...CLASSIFIER, ...files }))
    parts[name] = size(readFileSync(new URL(path, import.meta.url)));
  return { ...parts, all: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0) };
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
