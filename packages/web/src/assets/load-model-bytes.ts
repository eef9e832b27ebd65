import { MienError } from '@mien/core';
import type { ModelBytes } from '../protocol/messages.js';
import {
  BUNDLED_DETECTORS,
  BUNDLED_MODELS,
  resolveUrl,
  type AssetUrls,
  type BundledModelId,
} from './asset-urls.js';
import { fetchBytes, fetchJson, type FetchOptions } from './fetch-bytes.js';

/**
 * Where a model comes from:
 *   an id          a bundled model: `'nano'`
 *   a URL          of a model file, of a manifest.json next to one, or of TensorFlow.js' model.json; relative to the page
 *   a Blob, File   such as from an `<input type="file">`
 *   bytes
 */
export type ModelSource = string | URL | Blob | ArrayBuffer | Uint8Array;

/** Short names of the detectors. */
const ALIASES: Readonly<Record<string, BundledModelId>> = {
  blazeface: 'blazeface-short-range',
  haar: 'haar-frontalface',
};
/** Ids have no dots or slashes; URLs of files have at least one of them. */
const ID = /^[a-z0-9-]+$/;

export interface LoadModelOptions {
  readonly role: 'model' | 'detector';
  readonly assets: AssetUrls;
  readonly signal?: AbortSignal | undefined;
  /** Further files of the model, by their names. */
  readonly beside?: Readonly<Record<string, Blob | Uint8Array>> | undefined;
  /** Progress of one file. */
  readonly onProgress?:
    ((url: string, loadedBytes: number, totalBytes: number | undefined) => void) | undefined;
}

/**
 * Loads a model's files.
 *
 * @throws MienError `NOT_FOUND`, `INPUT_UNREADABLE`, `MODEL_INVALID` for a broken manifest; the signal's reason
 */
export async function loadModelBytes(
  given: ModelSource,
  manifest: unknown,
  { role, assets, signal, onProgress, beside = {} }: LoadModelOptions,
): Promise<ModelBytes> {
  const optionsFor = (url: URL): FetchOptions => ({
    signal,
    onProgress: onProgress && ((loaded, total) => onProgress(url.href, loaded, total)),
  });
  const further = await Promise.all(
    Object.entries(beside).map(async ([name, file]) => [
      name,
      file instanceof Blob ? await readBlob(file, role) : file.slice(),
    ]),
  );
  const known = (source: string, bytes: Uint8Array, baseUrl?: string): ModelBytes => ({
    source,
    bytes,
    ...(manifest !== undefined && { manifest }),
    ...(further.length > 0 && { beside: Object.fromEntries(further) as Record<string, Uint8Array> }),
    ...(baseUrl !== undefined && { baseUrl }),
  });

  if (given instanceof Uint8Array) return known(role, given.slice());
  if (given instanceof ArrayBuffer) return known(role, new Uint8Array(given.slice(0)));
  if (given instanceof Blob) {
    return known('name' in given ? String(given.name) : role, await readBlob(given, role));
  }
  if (typeof given === 'string' && ID.test(given)) {
    const { manifestUrl, weightsUrl } = assets.model(findBundled(given, role));
    const [ownManifest, bytes] = await Promise.all([
      fetchJson(manifestUrl, { signal }),
      fetchBytes(weightsUrl, optionsFor(weightsUrl)),
    ]);
    return { source: given, bytes, manifest: manifest ?? ownManifest };
  }
  const url = resolveUrl(given, role);
  if (!url.pathname.endsWith('.json')) {
    return known(nameOf(url), await fetchBytes(url, optionsFor(url)), baseOf(url));
  }
  const ownManifest = await fetchJson(url, { signal });
  if (isDescription(ownManifest)) {
    return known(nameOf(url), new TextEncoder().encode(JSON.stringify(ownManifest)), baseOf(url));
  }
  const weightsUrl = new URL(weightsFileOf(ownManifest, url), url);
  const bytes = await fetchBytes(weightsUrl, optionsFor(weightsUrl));
  return { source: nameOf(weightsUrl), bytes, manifest: manifest ?? ownManifest };
}

/** Whether JSON describes a network (TensorFlow.js, Keras) instead of naming a file of weights. */
function isDescription(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ('modelTopology' in value || 'weightsManifest' in value || 'class_name' in value)
  );
}

/** Where files beside an address are; `undefined` for addresses that have no neighbours. */
function baseOf({ protocol, href }: URL): string | undefined {
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}

/** The URL for messages, without query; data: and blob: URLs only by their protocol. */
function nameOf({ protocol, origin, pathname }: URL): string {
  return protocol === 'data:' || protocol === 'blob:' ? `${protocol}…` : `${origin}${pathname}`;
}

function findBundled(name: string, role: LoadModelOptions['role']): BundledModelId {
  const ids: readonly BundledModelId[] = role === 'model' ? BUNDLED_MODELS : BUNDLED_DETECTORS;
  const found = ids.find((id) => id === name || id === ALIASES[name]);
  if (found !== undefined) return found;
  throw new MienError(
    'NOT_FOUND',
    `${role} ${name}: is not bundled (bundled: ${ids.join(', ')}); for a file, give its URL`,
  );
}

/** Manifests may only name files in their own folder, so that they cannot make a page load anything else. */
function weightsFileOf(manifest: unknown, { href }: URL): string {
  const { weights } = (manifest ?? {}) as { weights?: { file?: unknown } };
  const file = weights?.file;
  if (typeof file === 'string' && !/[/\\:]/.test(file) && !file.startsWith('.')) return `./${file}`;
  throw new MienError('MODEL_INVALID', `${href}: weights.file must be the name of a file in the same folder`);
}

async function readBlob(blob: Blob, role: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new MienError('INPUT_UNREADABLE', `${role}: the file can no longer be read; select it again`, {
      cause,
    });
  }
}
