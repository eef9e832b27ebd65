/** A page without a bundler, under the strict Content-Security-Policy of @mien/web's README. */
import { createHash } from 'node:crypto';

const MODELS = ['nano', 'base', 'mini-xception', 'blazeface-short-range', 'haar-frontalface'];

const IMPORT_MAP = JSON.stringify({
  imports: {
    '@mien/web': '/node_modules/@mien/web/dist/index.js',
    ...Object.fromEntries(
      MODELS.map((id) => [`@mien/model-${id}`, `/node_modules/@mien/model-${id}/index.js`]),
    ),
  },
});

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
