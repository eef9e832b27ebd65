import { createRequire } from 'node:module';
import type sharp from 'sharp';

type Sharp = typeof sharp;

let loaded: Sharp | undefined;

/**
 * Sharp (libvips), loaded at the first picture. By `require`: it comes in both forms of module, and in Node 20.20
 * `import` takes 100 ms for its seventy files where `require` takes 68, which whoever reads one picture waits for.
 */
export function loadSharp(): Sharp {
  loaded ??= createRequire(import.meta.url)('sharp') as Sharp;
  return loaded;
}
