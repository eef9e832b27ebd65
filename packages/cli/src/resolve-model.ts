/** From what a person calls a model to the model. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MienError, parseManifest, type Model } from '@mien/core';
import { findInstalledModel, listInstalledModels } from './installed-models.js';
import { MANIFEST, MAX_MANIFEST_BYTES, type ModelContract } from './model-contract.js';
import { readFileBytes, toReadError } from './read-file.js';
import { readModelFile } from './read-model-file.js';

export const DEFAULT_MODEL = 'mini-xception';
const MAX_MODEL_BYTES = 1024 * 2 ** 20;

/**
 * Loads a model by
 *   the id of an installed one   mini-xception
 *   a folder with a manifest     models/mini-xception
 *   a manifest                   models/mini-xception/manifest.json
 *   a model file                 runs/1/_mini_XCEPTION.15-0.60.hdf5, of any format that {@link readModelFile} reads
 *
 * An installed id wins over a folder of the same name in the working directory; write `./name` for the folder.
 *
 * @param contract what the person says of the model; stands above what it says itself
 * @throws MienError `NOT_FOUND` when it is none of these; what {@link readModelFile} throws when it is damaged.
 */
export async function resolveModel(idOrPath: string, contract: ModelContract = {}): Promise<Model> {
  const installed = findInstalledModel(idOrPath);
  if (installed !== undefined) return loadFromManifest(join(installed, MANIFEST), contract);

  const found = await stat(idOrPath).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw toReadError(idOrPath, cause);
    return undefined;
  });
  if (found === undefined) {
    const ids = (await listInstalledModels()).join(', ');
    throw new MienError(
      'NOT_FOUND',
      `model ${idOrPath}: neither installed (${ids === '' ? 'no model is' : `installed: ${ids}`}) nor a file or folder; check the name`,
    );
  }
  if (found.isDirectory()) return loadFromManifest(join(idOrPath, MANIFEST), contract);
  if (basename(idOrPath).endsWith('.json')) return loadFromManifest(idOrPath, contract);
  const bytes = await readFileBytes(idOrPath, MAX_MODEL_BYTES);
  return readModelFile({ path: idOrPath, bytes, manifest: undefined, contract });
}

async function loadFromManifest(path: string, contract: ModelContract): Promise<Model> {
  const manifest = await readJson(path);
  const file = join(dirname(path), parseManifest(manifest, path).weights.file);
  const bytes = await readFileBytes(file, MAX_MODEL_BYTES);
  return readModelFile({ path: file, bytes, manifest, contract });
}

async function readJson(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readFileBytes(path, MAX_MANIFEST_BYTES));
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${path}: is not JSON; a model's folder holds a ${MANIFEST}`, {
      cause,
    });
  }
}
