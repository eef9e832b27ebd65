/** Finds and loads a model by its id or path. */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRecord, MienError, parseManifest, type Classifier, type Manifest, type Model } from '@mien/core';
import {
  type FileWithNeighbours,
  isOnnx,
  type ModelContract,
  type ModelFile,
  readModelFile,
} from '@mien/formats/model-file';
import { isNoSuchFile, readFileBytes, toReadError } from '../files/read-file.js';
import type { OnnxRuntimeModel } from '../onnx-runtime/open-in-onnx-runtime.js';
import { findInstalledModel, listInstalledModels } from './installed-models.js';
import { MANIFEST, MAX_MANIFEST_BYTES, readContractBeside } from './read-contract-beside.js';

export const DEFAULT_MODEL = 'nano';
const MAX_MODEL_BYTES = 1024 * 2 ** 20;
/** What TensorFlow.js calls its description. */
const TENSORFLOW_JS = 'model.json';

/** A model's file, which may need others of its folder. */
export interface LocatedModel extends FileWithNeighbours {
  /** As `JSON.parse` returns it; `undefined` if there is none. */
  readonly manifest: unknown;
}

/**
 * Finds a model by one of these:
 *   the id of an installed one   nano
 *   a folder with a manifest     models/nano
 *   a manifest                   models/nano/manifest.json
 *   a model file                 runs/1/_mini_XCEPTION.15-0.60.hdf5, of any format that {@link readModelFile} reads
 *   a folder of TensorFlow.js    web-model, which holds a model.json
 *
 * An installed id takes precedence over a folder of the same name; write `./name` for the folder.
 *
 * @param kind of the models that an error lists; default: all that are installed
 * @throws MienError `NOT_FOUND` if it is none of these, `INPUT_UNREADABLE`, `MODEL_INVALID` for a broken manifest
 */
export async function locateModel(idOrPath: string, kind?: Manifest['kind']): Promise<LocatedModel> {
  const installed = findInstalledModel(idOrPath);
  if (installed !== undefined) return readFromManifest(join(installed, MANIFEST));

  const found = await stat(idOrPath).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw toReadError(idOrPath, cause);
    return undefined;
  });
  if (found === undefined) {
    const ids = (await listInstalledModels(kind)).join(', ');
    throw new MienError(
      'NOT_FOUND',
      `model ${idOrPath}: neither installed (${ids === '' ? 'no model is' : `installed: ${ids}`}) nor a file or folder; check the name`,
    );
  }
  if (found.isDirectory()) return readFromFolder(idOrPath);
  const bytes = await readFileBytes(idOrPath, MAX_MODEL_BYTES);
  if (idOrPath.endsWith('.json') && isManifest(bytes)) return readFromManifest(idOrPath);
  return { path: idOrPath, bytes, manifest: undefined, ...neighboursOf(idOrPath) };
}

/** Whether JSON names a file of weights, as manifests do and other tools' descriptions of networks do not. */
function isManifest(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_MANIFEST_BYTES) return false;
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    return (
      !isRecord(value) || !('class_name' in value || 'modelTopology' in value || 'weightsManifest' in value)
    );
  } catch {
    return true; // The reader of manifests says what is wrong.
  }
}

/** How to reach the files beside one. */
export function neighboursOf(path: string): Required<Pick<FileWithNeighbours, 'readBeside' | 'listBeside'>> {
  const folder = dirname(path);
  return {
    readBeside: async (name) => {
      try {
        return await readFileBytes(join(folder, name), MAX_MODEL_BYTES);
      } catch (error) {
        if (isNoSuchFile(error)) return undefined;
        throw error;
      }
    },
    listBeside: () => readdir(folder),
  };
}

/**
 * Loads a model for Mien's engine.
 *
 * @param idOrPath as for {@link locateModel}, or what that found
 * @param contract takes precedence over the file
 * @throws MienError as {@link locateModel}, and as {@link readModelFile} for a damaged file
 */
export async function resolveModel(
  idOrPath: string | LocatedModel,
  contract: ModelContract = {},
  onNotice?: (line: string) => void,
): Promise<Model> {
  const located = typeof idOrPath === 'string' ? await locateModel(idOrPath, 'classifier') : idOrPath;
  const file = toModelFile(located, contract);
  const model = await readModelFile(file);
  tellNotices(file.path, model, onNotice);
  return model;
}

/**
 * Loads a classifier: for Mien's engine, or for onnxruntime if an ONNX file needs operators that the engine lacks.
 *
 * @param onNotice called with a line for people if onnxruntime is used, and for what is assumed of the file
 * @throws MienError as {@link resolveModel}; `UNSUPPORTED` names the missing operators and what to install
 */
export async function resolveClassifier(
  idOrPath: string | LocatedModel,
  contract: ModelContract = {},
  onNotice?: (line: string) => void,
): Promise<Classifier | OnnxRuntimeModel> {
  const located = typeof idOrPath === 'string' ? await locateModel(idOrPath, 'classifier') : idOrPath;
  return readClassifier(toModelFile(located, contract), onNotice);
}

/** As {@link resolveClassifier}, for a file that has been read. */
export async function readClassifier(
  file: ModelFile,
  onNotice?: (line: string) => void,
): Promise<Classifier | OnnxRuntimeModel> {
  try {
    const model = await readModelFile(file);
    tellNotices(file.path, model, onNotice);
    return model;
  } catch (cause) {
    await refuseYuNet(file);
    if (!(cause instanceof MienError) || cause.code !== 'UNSUPPORTED' || !isOnnx(file)) throw cause;
    const { openInOnnxRuntime } = await import('../onnx-runtime/open-in-onnx-runtime.js');
    const model = await openInOnnxRuntime(file, cause);
    onNotice?.(`${file.path}: computed by ${model.engine}`);
    tellNotices(file.path, model, onNotice);
    return model;
  }
}

/** Says what was assumed of a file, or changed. */
function tellNotices(
  path: string,
  { notices = [] }: Pick<Classifier, 'notices'>,
  onNotice: ((line: string) => void) | undefined,
): void {
  for (const notice of notices) onNotice?.(`${path}: ${notice}`);
}

/** YuNet's outputs for its finest cells: scores, objectness, boxes, key points. */
const YUNET_OUTPUTS = ['cls_8', 'obj_8', 'bbox_8', 'kps_8'];

/** @throws MienError `USAGE` for a face detector, which is easily passed as the model */
async function refuseYuNet(file: ModelFile): Promise<void> {
  const { path, bytes } = file;
  if (!isOnnx(file)) return;
  const { outlineOnnx } = await import('@mien/formats');
  const outputs = await Promise.resolve()
    .then(() => outlineOnnx(bytes, path).outputs.map(({ name }) => name))
    .catch((): string[] => []); // Damaged: the first error says so.
  if (!YUNET_OUTPUTS.every((name) => outputs.includes(name))) return;
  throw new MienError(
    'USAGE',
    `${path}: is a face detector (YuNet) and reads no expressions; pass it to --detector`,
  );
}

/** Adds the search for a manifest beside the file. */
export function toModelFile(located: LocatedModel, contract: ModelContract): ModelFile {
  const { path, manifest } = located;
  // Before its file is read: that of a cascade is no model file at all.
  if (isRecord(manifest) && manifest['kind'] === 'detector')
    throw new MienError(
      'MODEL_INVALID',
      `${path}: ${String(manifest['id'])} is a detector and reads no expressions; pass it to --detector`,
    );
  return {
    ...located,
    contract,
    findContractBeside: () => readContractBeside(located.path, located.bytes),
  };
}

async function readFromFolder(folder: string): Promise<LocatedModel> {
  return readFromManifest(join(folder, MANIFEST)).catch(async (error: unknown) => {
    if (!isNoSuchFile(error)) throw error;
    const description = join(folder, TENSORFLOW_JS);
    const bytes = await readFileBytes(description, MAX_MODEL_BYTES).catch(() => undefined);
    if (bytes !== undefined)
      return { path: description, bytes, manifest: undefined, ...neighboursOf(description) };
    const advice = `name a model file, such as those that mien models ${folder} lists`;
    throw new MienError('NOT_FOUND', `${folder}: is a folder without ${MANIFEST}; ${advice}`, {
      cause: error,
    });
  });
}

/** The manifest and the file that it names. */
async function readFromManifest(path: string): Promise<LocatedModel> {
  const manifest = await readManifest(path);
  const file = join(dirname(path), parseManifest(manifest, path).weights.file);
  return { path: file, bytes: await readFileBytes(file, MAX_MODEL_BYTES), manifest, ...neighboursOf(file) };
}

/** @throws MienError `INPUT_UNREADABLE`, `MODEL_INVALID` when it is not JSON */
export async function readManifest(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readFileBytes(path, MAX_MANIFEST_BYTES));
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new MienError('MODEL_INVALID', `${path}: is not JSON; a model's folder holds a ${MANIFEST}`, {
      cause,
    });
  }
}
