/** A page without a bundler: with the import map of @mien/web's README, under the strict Content-Security-Policy there. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const README = readFileSync(new URL('../../packages/web/README.md', import.meta.url), 'utf8');
const [, IMPORT_MAP = ''] = /<script type="importmap">\n(.*?)<\/script>/s.exec(README) ?? [];

const IMPORT_MAP_HASH = `'sha256-${createHash('sha256').update(IMPORT_MAP).digest('base64')}'`;

/** `img-src` and `media-src` are for the tests; @mien/web needs the others. */
export const STRICT_POLICY = {
  'content-security-policy': [
    "default-src 'none'",
    `script-src 'self' ${IMPORT_MAP_HASH} 'wasm-unsafe-eval'`,
    "worker-src 'self'",
    "connect-src 'self'",
    "img-src 'self' blob: data:",
    'media-src blob:',
  ].join('; '),
};

/** @param module the path of the page's script */
export const importMapPage = (module: string) =>
  `<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="importmap">${IMPORT_MAP}</script>` +
  `<script type="module" src="${module}"></script>`;
