/**
 * What the studio needs to be served by any host: its policy in the page, the service worker with the list of files, a
 * `_headers` file for hosts that read one, and compressed copies for those that send them.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { META_POLICY, STUDIO_HEADERS } from '@mien/node/studio';
import type { Plugin } from 'vite';
import { LARGE_PARTS, storable } from './stored-files.js';

const WORKER = 'service-worker.js';
/** In the code of the service worker. */
const CONSTANTS = ['__VERSION__', '__FILES__', '__LARGE_PARTS__', '__HEADERS__'] as const;

const COMPRESSIBLE = /[.](html|js|css|json|svg|bin|safetensors|webmanifest)$/;
/** The best brotli takes seconds for each megabyte, and one file in the studio has five; two copies would double the package. */
const SLOW_BYTES = 1_000_000;

export function offline(): Plugin {
  return {
    name: 'mien-offline',
    apply: 'build',
    enforce: 'post',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: META_POLICY },
        injectTo: 'head-prepend',
      },
      { tag: 'link', attrs: { rel: 'manifest', href: './manifest.webmanifest' }, injectTo: 'head' },
      { tag: 'link', attrs: { rel: 'apple-touch-icon', href: './icon-192.png' }, injectTo: 'head' },
    ],
    writeBundle: {
      sequential: true,
      async handler({ dir = '' }) {
        const files = storable(await listFiles(dir));
        await writeServiceWorker(dir, files);
        await writeFile(join(dir, '_headers'), toHeadersFile());
        await Promise.all([...files, WORKER].filter((path) => COMPRESSIBLE.test(path)).map((path) => compress(join(dir, path)))); // prettier-ignore
      },
    },
  };
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).replaceAll('\\', '/'))
    .sort();
}

async function writeServiceWorker(dir: string, files: readonly string[]): Promise<void> {
  const path = join(dir, WORKER);
  const code = await readFile(path, 'utf8');
  const hash = createHash('sha256').update(code).update(JSON.stringify(STUDIO_HEADERS));
  for (const file of files) hash.update(file).update(await readFile(join(dir, file)));
  const values: Record<(typeof CONSTANTS)[number], unknown> = {
    __VERSION__: hash.digest('base64url').slice(0, 16),
    __FILES__: files.filter((file) => !LARGE_PARTS.test(file)),
    __LARGE_PARTS__: files.filter((file) => LARGE_PARTS.test(file)),
    __HEADERS__: STUDIO_HEADERS,
  };
  let filled = code;
  for (const name of CONSTANTS) {
    if (!code.includes(name)) throw new Error(`${WORKER}: has no ${name}`);
    filled = filled.replaceAll(name, () => JSON.stringify(values[name]));
  }
  if (/^\s*(import|export)\b/m.test(filled)) throw new Error(`${WORKER}: must be a classic script`);
  await writeFile(path, filled);
}

/** The format that Netlify and Cloudflare Pages read. */
function toHeadersFile(): string {
  const lines = Object.entries(STUDIO_HEADERS).map(([name, value]) => `  ${name}: ${value}\n`);
  return `/*\n${lines.join('')}/assets/*\n  cache-control: public, max-age=31536000, immutable\n`;
}

async function compress(path: string): Promise<void> {
  const bytes = await readFile(path);
  const quality = bytes.length > SLOW_BYTES ? 7 : 11;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  // A copy that saves next to nothing is not worth its place.
  if (br.length < 0.95 * bytes.length) await writeFile(`${path}.br`, br);
  if (gz.length < 0.95 * bytes.length && bytes.length <= SLOW_BYTES) await writeFile(`${path}.gz`, gz);
}
