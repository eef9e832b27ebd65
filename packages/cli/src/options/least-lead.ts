import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_QUALITY, parseManifest } from '@mien/core';
import { findInstalledModel, MANIFEST } from '@mien/node/models';

/**
 * The lead over the next expression below which a model's reading is unsure, from its manifest.
 *
 * @param id of a model
 * @returns for help texts, such as "12 points for nano"; `undefined` if the model is not installed
 */
export function describeLeastLead(id: string): string | undefined {
  const folder = findInstalledModel(id);
  if (folder === undefined) return undefined;
  const path = join(folder, MANIFEST);
  const manifest = parseManifest(JSON.parse(readFileSync(path, 'utf8')), path);
  const { quality = DEFAULT_QUALITY } = manifest.kind === 'classifier' ? manifest : {};
  return `${Math.round(100 * quality.minMargin)} points for ${id}`;
}
