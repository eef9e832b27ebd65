import { createRequire } from 'node:module';
import type sharp from 'sharp';

type Sharp = typeof sharp;

let loaded: Sharp | undefined;

/**
 * Sharp (libvips), loaded for the first picture. It is available as ESM and CommonJS; in Node 20.20, `import` takes 100 ms
 * for its seventy files and `require` 68 ms, which matters to a program that reads one picture.
 */
export function loadSharp(): Sharp {
  loaded ??= createRequire(import.meta.url)('sharp') as Sharp;
  return loaded;
}
