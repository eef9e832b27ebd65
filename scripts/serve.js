// Serves the example pages to a browser on this machine. It sends the headers that let a page share memory with its workers,
// and resolves the names of our packages as a bundler does, so that no page needs a build.
//   node scripts/serve.js [--port 8080]
// @ts-check
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = new URL('..', import.meta.url);
/** The served folders of the repository, at the same paths. */
const SERVED =
  /^\/((packages\/[^/]+\/dist|examples|test\/browser)\/|models\/[^/]+\/(index[.]js|manifest[.]json|[^/]+[.](safetensors|bin))$)/;
/** Import specifiers that a package.json resolves. */
const NAMED_IMPORT = /(?<=\b(?:from|import)\s*\(?\s*(['"]))(?:@mien\/|#)[^'"]+(?=\1)/g;
/** @type {Readonly<Record<string, string>>} */
const MEDIA_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
};
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/**
 * Resolves an entry point (`@mien/train/session`) or an internal alias (`#threads`) to the path of a file for pages.
 *
 * @param {string} specifier
 * @param {string} importer  path of the file that imports it
 */
function resolveImport(specifier, importer) {
  const [, name = '', door = ''] = /^@mien\/([^/]+)(.*)$/.exec(specifier) ?? [];
  const folder =
    name === ''
      ? importer.split('/').slice(0, 3).join('/')
      : name.startsWith('model-')
        ? `/models/${name.slice('model-'.length)}`
        : `/packages/${name}`;
  const manifest = JSON.parse(readFileSync(new URL(`.${folder}/package.json`, ROOT), 'utf8'));
  const target = name === '' ? manifest.imports[specifier] : manifest.exports[`.${door}`];
  return folder + target.default.slice(1);
}

/**
 * The bytes at a path, or `undefined` if nothing is served there.
 *
 * @param {string} path  without dot segments, as `URL` gives it
 * @param {Made} made
 */
async function read(path, made) {
  const body =
    made[path] ??
    (SERVED.test(path) ? await readFile(new URL(`.${path}`, ROOT)).catch(() => undefined) : undefined);
  if (body === undefined || extname(path) !== '.js') return body;
  return Buffer.from(body)
    .toString()
    .replace(NAMED_IMPORT, (specifier) => resolveImport(specifier, path));
}

/**
 * @typedef {Readonly<Record<string, string | Uint8Array>>} Made  bodies that are no files, by path
 *
 * @param {object} [options]
 * @param {boolean} [options.isolated]  whether pages may share memory with their workers; default true
 * @param {Made} [options.made]
 */
export function createPageServer({ isolated = true, made = {} } = {}) {
  return createServer(async ({ url }, response) => {
    try {
      const { pathname } = new URL(`http://localhost${url}`);
      const path = pathname.endsWith('/') && !(pathname in made) ? `${pathname}index.html` : pathname;
      const body = await read(path, made);
      response.writeHead(body === undefined ? 404 : 200, {
        'content-type':
          MEDIA_TYPES[extname(path)] ?? (path === '/' ? 'text/html' : 'application/octet-stream'),
        'cache-control': 'no-store',
        ...(isolated ? ISOLATED : {}),
      });
      response.end(body ?? `${path}: no such page\n`);
    } catch (error) {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${url}: ${error}\n`);
    }
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pages = ['read-faces-in-the-browser', 'train-in-the-browser'].map((name) => `/examples/${name}/`);
  const links = pages.map((page) => `<li><a href="${page}">${page}</a></li>`).join('');
  const server = createPageServer({ made: { '/': `<!doctype html><title>Mien</title><ul>${links}</ul>` } });
  try {
    const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
    if (!/^\d{1,5}$/.test(values.port)) throw new Error(`--port must be a number, got ${values.port}.`);
    server.on('error', ({ message }) => {
      console.error(`serve: port ${values.port} cannot be used (${message}); name another one with --port`);
      process.exitCode = 1;
    });
    server.listen(Number(values.port), '127.0.0.1', () => {
      for (const page of pages) console.log(`http://localhost:${values.port}${page}`);
    });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    console.error(`serve: ${message.split('\n')[0]} Usage: node scripts/serve.js [--port 8080]`);
    process.exitCode = 2;
  }
}
