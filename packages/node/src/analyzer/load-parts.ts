/** From what a caller passes as `model` and `detector` to the model and the detector. */
import { fileURLToPath } from 'node:url';
import { MienError, type AsyncClassifier, type Detector } from '@mien/core';
import { toContract, type ModelContract } from '@mien/formats/model-file';
import { createDetector, createYuNet, DETECTORS } from '../models/create-detector.js';
import { guessExtension } from '../models/guess-extension.js';
import { DEFAULT_MODEL, readClassifier, resolveClassifier } from '../models/resolve-model.js';

/** The id of an installed model, a path (also as a `file:` URL), the bytes of a model file, or a loaded model. */
export type ModelSource = string | URL | Uint8Array | AsyncClassifier;

/** `blazeface`, `haar`, a path (also as a `file:` URL) or the bytes of a YuNet file (.onnx), or a detector. */
export type DetectorSource = string | URL | Uint8Array | Detector;

/** What models that are given as bytes are called in messages; the ending says the format. */
const UNNAMED_MODEL = 'model';
const UNNAMED_DETECTOR = 'detector.onnx';

/**
 * @throws MienError `NOT_FOUND`, `INPUT_UNREADABLE`, `MODEL_INVALID`, `UNSUPPORTED`, `USAGE`
 */
export async function loadClassifier(
  source: ModelSource = DEFAULT_MODEL,
  { manifest, ...settings }: ModelContract & { readonly manifest?: unknown } = {},
): Promise<AsyncClassifier> {
  const contract = toContract(settings);
  if (source instanceof Uint8Array) {
    const path = `${UNNAMED_MODEL}${guessExtension(source)}`;
    return readClassifier({ path, bytes: source, manifest, contract });
  }
  if (typeof source === 'string' || source instanceof URL) {
    return resolveClassifier(toPath(source, 'model'), contract);
  }
  return source;
}

/** @throws MienError as {@link loadClassifier} */
export async function loadDetector(source: DetectorSource = DETECTORS[0]): Promise<Detector> {
  if (source instanceof Uint8Array) return createYuNet(source, UNNAMED_DETECTOR);
  if (typeof source === 'string' || source instanceof URL) return createDetector(toPath(source, 'detector'));
  return source;
}

function toPath(source: string | URL, option: string): string {
  const text = String(source);
  if (/^file:/i.test(text)) return fileURLToPath(text);
  if (/^https?:/i.test(text)) {
    throw new MienError('USAGE', `${option}: ${text} is not on this machine; download it and pass its bytes`);
  }
  return text;
}
