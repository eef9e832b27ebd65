/** From what a caller passes as `model` and `detector` to the model and the detector. */
import { fileURLToPath } from 'node:url';
import { isRecord, MienError, type AsyncClassifier, type Detector } from '@mien/core';
import { toContract, type ModelSettings } from '@mien/formats/model-file';
import { createDetector, createYuNet, DETECTORS } from '../models/create-detector.js';
import { DEFAULT_MODEL, readClassifier, resolveClassifier } from '../models/resolve-model.js';

/** The id of an installed model, a path (also as a `file:` URL), the bytes of a model file, or a loaded model. */
export type ModelSource = string | URL | Uint8Array | ArrayBuffer | AsyncClassifier;

/** `blazeface`, `haar`, a path (also as a `file:` URL) or the bytes of a YuNet file (.onnx), or a detector. */
export type DetectorSource = string | URL | Uint8Array | ArrayBuffer | Detector;

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
  given: ModelSource = DEFAULT_MODEL,
  { manifest, modelFiles, ...settings }: ClassifierSettings = {},
): Promise<AsyncClassifier> {
  const contract = toContract(settings);
  const source = toView(given);
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
  const isModel = isRecord(source) && isRecord(source.manifest) && Array.isArray(source.labels);
  if (isModel) return source;
  throw unusable(source, 'model', 'the id of an installed model');
}

/** @throws MienError as {@link loadClassifier} */
export async function loadDetector(given: DetectorSource = DETECTORS[0]): Promise<Detector> {
  const source = toView(given);
  if (source instanceof Uint8Array) return createYuNet(source, UNNAMED_DETECTOR);
  if (typeof source === 'string' || source instanceof URL) return createDetector(toPath(source, 'detector'));
  if (isRecord(source) && typeof source.detect === 'function') return source;
  throw unusable(source, 'detector', DETECTORS.join(' or '));
}

function toView<Source>(source: Source | ArrayBuffer): Source | Uint8Array {
  return source instanceof ArrayBuffer ? new Uint8Array(source) : source;
}

function unusable(source: unknown, option: string, names: string): MienError {
  const given = isRecord(source) ? `an object that is no ${option}` : typeof source;
  return new MienError(
    'USAGE',
    `${option}: takes ${names}, a path, a file's bytes, or what was loaded, got ${given}`,
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
