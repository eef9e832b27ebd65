/** Finds and loads a model by its id or path. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MienError, parseManifest, type Classifier, type Model } from '@mien/core';
import { isOnnx, type ModelContract, type ModelFile, readModelFile } from '@mien/formats/model-file';
import { isNoSuchFile, readFileBytes, toReadError } from '../files/read-file.js';
import type { OnnxRuntimeModel } from '../onnx-runtime/open-in-onnx-runtime.js';
import { findInstalledModel, listInstalledModels } from './installed-models.js';
import { MANIFEST, MAX_MANIFEST_BYTES, readContractBeside } from './read-contract-beside.js';

export const DEFAULT_MODEL = 'mini-xception';
const MAX_MODEL_BYTES = 1024 * 2 ** 20;

/** A model's file. */
export interface LocatedModel {
  /** Of the weights. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** As `JSON.parse` returns it; `undefined` if there is none. */
  readonly manifest: unknown;
}

/**
 * Finds a model by one of these:
 *   the id of an installed one   mini-xception
 *   a folder with a manifest     models/mini-xception
 *   a manifest                   models/mini-xception/manifest.json
 *   a model file                 runs/1/_mini_XCEPTION.15-0.60.hdf5, of any format that {@link readModelFile} reads
 *
 * An installed id takes precedence over a folder of the same name; write `./name` for the folder.
 *
 * @throws MienError `NOT_FOUND` if it is none of these, `INPUT_UNREADABLE`, `MODEL_INVALID` for a broken manifest
 */
export async function locateModel(idOrPath: string): Promise<LocatedModel> {
  const installed = findInstalledModel(idOrPath);
  if (installed !== undefined) return readFromManifest(join(installed, MANIFEST));

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
  if (found.isDirectory()) return readFromFolder(idOrPath);
  if (basename(idOrPath).endsWith('.json')) return readFromManifest(idOrPath);
  return { path: idOrPath, bytes: await readFileBytes(idOrPath, MAX_MODEL_BYTES), manifest: undefined };
}

/**
 * Loads a model for Mien's engine.
 *
 * @param idOrPath as for {@link locateModel}
 * @param contract takes precedence over the file
 * @throws MienError as {@link locateModel}, and as {@link readModelFile} for a damaged file
 */
export async function resolveModel(idOrPath: string, contract: ModelContract = {}): Promise<Model> {
  return readModelFile(toModelFile(await locateModel(idOrPath), contract));
}

/**
 * Loads a classifier: for Mien's engine, or for onnxruntime if an ONNX file needs operators that the engine lacks.
 *
 * @param onNotice called with a line for people if onnxruntime is used
 * @throws MienError as {@link resolveModel}; `UNSUPPORTED` names the missing operators and what to install
 */
export async function resolveClassifier(
  idOrPath: string,
  contract: ModelContract = {},
  onNotice?: (line: string) => void,
): Promise<Classifier | OnnxRuntimeModel> {
  return readClassifier(toModelFile(await locateModel(idOrPath), contract), onNotice);
}

/** As {@link resolveClassifier}, for a file that has been read. */
export async function readClassifier(
  file: ModelFile,
  onNotice?: (line: string) => void,
): Promise<Classifier | OnnxRuntimeModel> {
  try {
    return await readModelFile(file);
  } catch (cause) {
    await refuseYuNet(file);
    if (!(cause instanceof MienError) || cause.code !== 'UNSUPPORTED' || !isOnnx(file.path)) throw cause;
    const { openInOnnxRuntime } = await import('../onnx-runtime/open-in-onnx-runtime.js');
    const model = await openInOnnxRuntime(file, cause);
    onNotice?.(`${file.path}: computed by ${model.engine}`);
    return model;
  }
}

/** YuNet's outputs for its finest cells: scores, objectness, boxes, key points. */
const YUNET_OUTPUTS = ['cls_8', 'obj_8', 'bbox_8', 'kps_8'];

/** @throws MienError `USAGE` for a face detector, which is easily passed as the model */
async function refuseYuNet({ path, bytes }: ModelFile): Promise<void> {
  if (!isOnnx(path)) return;
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
  return {
    ...located,
    contract,
    findContractBeside: () => readContractBeside(located.path, located.bytes),
  };
}

async function readFromFolder(folder: string): Promise<LocatedModel> {
  return readFromManifest(join(folder, MANIFEST)).catch((error: unknown) => {
    if (!isNoSuchFile(error)) throw error;
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
  return { path: file, bytes: await readFileBytes(file, MAX_MODEL_BYTES), manifest };
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
