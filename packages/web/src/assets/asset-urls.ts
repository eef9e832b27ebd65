/**
 * URLs of the files that a page loads besides its code: the worker, its parts, and the bundled models.
 *
 * Vite and webpack recognise `new URL('…', import.meta.url)`: they copy the file and insert its new URL.
 * For bundlers that do not (esbuild), copy the files with `npx mien-web-assets FOLDER` and set `assetsUrl`.
 */
import { MienError } from '@mien/core';
import * as base from '@mien/model-base';
import * as blazeFace from '@mien/model-blazeface-short-range';
import * as haar from '@mien/model-haar-frontalface';
import * as miniXception from '@mien/model-mini-xception';
import * as nano from '@mien/model-nano';
import type { PartUrls } from '../protocol/messages.js';

export interface ModelUrls {
  readonly manifestUrl: URL;
  readonly weightsUrl: URL;
}

export interface AssetUrls {
  readonly worker: URL;
  readonly parts: PartUrls;
  /** @param id the package's, such as `nano` */
  model(id: BundledModelId): ModelUrls;
}

/** The bundled models by id. */
const BUNDLED = {
  nano: { ...nano, weights: 'weights.safetensors' },
  base: { ...base, weights: 'weights.safetensors' },
  'mini-xception': { ...miniXception, weights: 'weights.safetensors' },
  'blazeface-short-range': { ...blazeFace, weights: 'weights.safetensors' },
  'haar-frontalface': { ...haar, weights: 'cascade.bin' },
} as const satisfies Record<string, ModelUrls & { weights: string }>;
export type BundledModelId = keyof typeof BUNDLED;
export const BUNDLED_MODELS = ['nano', 'base', 'mini-xception'] as const satisfies readonly BundledModelId[];
export const BUNDLED_DETECTORS = [
  'blazeface-short-range',
  'haar-frontalface',
] as const satisfies readonly BundledModelId[];

/**
 * @param assetsUrl folder with the copied files, relative to the page
 * @throws MienError `USAGE` if it is not a URL
 */
export function findAssets(assetsUrl: string | URL | undefined): AssetUrls {
  if (assetsUrl === undefined) {
    return {
      worker: new URL('./worker.js', import.meta.url),
      parts: {
        'kernels-relaxed': new URL('./kernels-relaxed.js', import.meta.url).href,
        'kernels-simd': new URL('./kernels-simd.js', import.meta.url).href,
        formats: new URL('./formats.js', import.meta.url).href,
        hdf5: new URL('./hdf5.js', import.meta.url).href,
        explain: new URL('./explain.js', import.meta.url).href,
      },
      model: (id) => BUNDLED[id],
    };
  }
  const folder = resolveUrl(assetsUrl, 'assetsUrl');
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  const at = (path: string) => new URL(path, folder);
  return {
    worker: at('worker.js'),
    parts: {
      'kernels-relaxed': at('kernels-relaxed.js').href,
      'kernels-simd': at('kernels-simd.js').href,
      formats: at('formats.js').href,
      hdf5: at('hdf5.js').href,
      explain: at('explain.js').href,
    },
    model: (id) => ({
      manifestUrl: at(`${id}/manifest.json`),
      weightsUrl: at(`${id}/${BUNDLED[id].weights}`),
    }),
  };
}

/** @throws MienError `USAGE` */
export function resolveUrl(url: string | URL, option: string): URL {
  try {
    return new URL(url, 'document' in globalThis ? document.baseURI : location.href);
  } catch (cause) {
    throw new MienError('USAGE', `${option}: ${String(url)} is not a URL`, { cause });
  }
}
