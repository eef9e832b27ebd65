// @ts-check
import { readFileSync } from 'node:fs';

/**
 * The files of a model in this repository, for `loadModel` and the detectors.
 *
 * @param {string} id  of its folder in models/
 * @returns {import('@mien/core').ModelSource & { manifest: any }}
 */
export function readModel(id) {
  const folder = new URL(`../models/${id}/`, import.meta.url);
  const manifest = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));
  return { manifest, weights: readFileSync(new URL('weights.safetensors', folder)), source: id };
}
