import { basename, dirname, join } from 'node:path';
import { isRecord, MienError } from '@mien/core';
import { parseContract, type ModelContract } from '@mien/formats/model-file';
import { isNoSuchFile, readFileBytes } from '../files/read-file.js';

export const MANIFEST = 'manifest.json';
export const MAX_MANIFEST_BYTES = 2 ** 20;

/**
 * Reads the contract of a model from a JSON file beside it: `<file>.json`, or the folder's manifest.json if it names the
 * file. Only `labels`, `input.range` and `crop` are read, so a file with just these is enough.
 *
 * @throws MienError `MODEL_INVALID` if it is malformed, or the manifest of another version of the file
 */
export async function readContractBeside(path: string, bytes: Uint8Array): Promise<ModelContract> {
  const own = `${path}.json`;
  const ownManifest = await readJson(own);
  if (ownManifest !== undefined) return parseContract(ownManifest, own, bytes);
  const shared = join(dirname(path), MANIFEST);
  const manifest = await readJson(shared).catch((error: unknown) => {
    // It may be the manifest.json of another tool.
    if (error instanceof MienError && error.code === 'MODEL_INVALID') return undefined;
    throw error;
  });
  const weights = isRecord(manifest) ? manifest['weights'] : undefined;
  const isOurs = isRecord(weights) && weights['file'] === basename(path);
  return isOurs ? parseContract(manifest, shared, bytes) : {};
}

/** `undefined` if there is no such file. */
async function readJson(path: string): Promise<unknown> {
  let bytes: Uint8Array;
  try {
    bytes = await readFileBytes(path, MAX_MANIFEST_BYTES);
  } catch (error) {
    if (isNoSuchFile(error)) return undefined;
    throw error;
  }
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${path}: is not JSON; correct it or take it away`, { cause });
  }
}
