/** From what a caller passes as `model` and `detector` to the model and the detector. */
import { fileURLToPath } from 'node:url';
import { isRecord, MienError, type AsyncClassifier, type Detector } from '@mien/core';
import { toContract, type ModelSettings } from '@mien/formats/model-file';
import { createDetector, createYuNet, DETECTORS } from '../models/create-detector.js';
import { DEFAULT_MODEL, readClassifier, resolveClassifier } from '../models/resolve-model.js';

/** The id of an installed model, a path (also as a `file:` URL), the bytes of a model file, or a loaded model. */
export type ModelSource = string | URL | Uint8Array | AsyncClassifier;

/** `blazeface`, `haar`, a path (also as a `file:` URL) or the bytes of a YuNet file (.onnx), or a detector. */
export type DetectorSource = string | URL | Uint8Array | Detector;

/** What models that are given as bytes are called in messages. */
const UNNAMED_MODEL = 'model';
const UNNAMED_DETECTOR = 'detector.onnx';

export interface ClassifierSettings extends ModelSettings {
  /** As `JSON.parse` returns it. */
  readonly manifest?: unknown;
  /** Further files of a model that is given as bytes, by their names. */
  readonly modelFiles?: Readonly<Record<string, Uint8Array>>;
}

function givenFiles(files: Readonly<Record<string, Uint8Array>> = {}) {
  return {
    readBeside: (name: string) => Promise.resolve(Object.hasOwn(files, name) ? files[name] : undefined),
    listBeside: () => Promise.resolve(Object.keys(files)),
  };
}

/**
 * @throws MienError `NOT_FOUND`, `INPUT_UNREADABLE`, `MODEL_INVALID`, `UNSUPPORTED`, `USAGE`
 */
export async function loadClassifier(
  source: ModelSource = DEFAULT_MODEL,
  { manifest, modelFiles, ...settings }: ClassifierSettings = {},
): Promise<AsyncClassifier> {
  const contract = toContract(settings);
  if (source instanceof Uint8Array) {
    return readClassifier({
      path: UNNAMED_MODEL,
      bytes: source,
      manifest,
      contract,
      ...givenFiles(modelFiles),
    });
  }
  if (typeof source === 'string' || source instanceof URL) {
    return resolveClassifier(toPath(source, 'model'), contract);
  }
  return requireLoaded(source, 'model', 'the id of an installed model');
}

/** @throws MienError as {@link loadClassifier} */
export async function loadDetector(source: DetectorSource = DETECTORS[0]): Promise<Detector> {
  if (source instanceof Uint8Array) return createYuNet(source, UNNAMED_DETECTOR);
  if (typeof source === 'string' || source instanceof URL) return createDetector(toPath(source, 'detector'));
  return requireLoaded(source, 'detector', DETECTORS.join(' or '));
}

/** The model or detector itself, if it can be one. */
function requireLoaded<Loaded extends object>(source: Loaded, option: string, names: string): Loaded {
  if (isRecord(source)) return source;
  throw new MienError(
    'USAGE',
    `${option}: takes ${names}, a path, a file's bytes, or what was loaded, got ${typeof source}`,
  );
}

function toPath(source: string | URL, option: string): string {
  const text = String(source);
  if (/^file:/i.test(text)) return fileURLToPath(text);
  if (/^https?:/i.test(text)) {
    throw new MienError('USAGE', `${option}: ${text} is not on this machine; download it and pass its bytes`);
  }
  return text;
}
