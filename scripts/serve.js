// Serves the example pages to a browser on this machine, with the headers that let a page share memory with its
// workers, and with the names of our packages resolved as a bundler does it, so that no page needs a build of its own.
//   node scripts/serve.js [--port 8080]
// @ts-check
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = new URL('..', import.meta.url);
/** What is served of the repository, at the same paths. */
const SERVED = /^\/(packages\/[^/]+\/dist|examples|test\/browser)\//;
/** The specifiers of imports that only a package.json explains. */
const NAMED_IMPORT = /(?<=\b(?:from|import)\s*\(?\s*(['"]))(?:@mien\/|#)[^'"]+(?=\1)/g;
/** @type {Readonly<Record<string, string>>} */
const MEDIA_TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
};
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/**
 * A package's door (`@mien/train/session`) or an alias inside of one (`#threads`), as the path of a file for pages.
 *
 * @param {string} specifier
 * @param {string} importer  path of the file that imports it
 */
function resolveImport(specifier, importer) {
  const [, name = '', door = ''] = /^@mien\/([^/]+)(.*)$/.exec(specifier) ?? [];
  const folder = name === '' ? importer.split('/').slice(0, 3).join('/') : `/packages/${name}`;
  const manifest = JSON.parse(readFileSync(new URL(`.${folder}/package.json`, ROOT), 'utf8'));
  const target = name === '' ? manifest.imports[specifier] : manifest.exports[`.${door}`];
  return folder + target.default.slice(1);
}

/**
 * @param {object} [options]
 * @param {boolean} [options.isolated]  whether pages may share memory with their workers; default true
 * @param {Readonly<Record<string, string | Uint8Array>>} [options.made]  bodies that are no files, by path
 */
export function createPageServer({ isolated = true, made = {} } = {}) {
  return createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const path = pathname.endsWith('/') && !(pathname in made) ? `${pathname}index.html` : pathname;
    /** @type {string | Uint8Array | undefined} */
    let body = made[path];
    if (body === undefined && SERVED.test(path)) {
      body = await readFile(new URL(`.${path}`, ROOT)).catch(() => undefined);
    }
    if (body !== undefined && extname(path) === '.js') {
      body = body.toString().replace(NAMED_IMPORT, (specifier) => resolveImport(specifier, path));
    }
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': MEDIA_TYPES[extname(path)] ?? (path === '/' ? 'text/html' : 'application/octet-stream'),
      'cache-control': 'no-store',
      ...(isolated ? ISOLATED : {}),
    });
    response.end(body ?? `${path}: no such page\n`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '8080' } } });
  const server = createPageServer();
  server.on('error', (error) => {
    console.error(
      `serve: port ${values.port} cannot be used (${error.message}); name another one with --port`,
    );
    process.exitCode = 1;
  });
  server.listen(Number(values.port), '127.0.0.1', () => {
    console.log(`http://localhost:${values.port}/examples/train-in-the-browser/`);
  });
}
