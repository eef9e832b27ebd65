/** Which format a model file is of: by its bytes, and by its name only where they do not tell. */
import { MienError } from '@mien/core';
import { PYTORCH_ADVICE } from '../import/pytorch.js';

export const MODEL_EXTENSIONS = ['.hdf5', '.h5', '.keras', '.onnx', '.tflite', '.safetensors'] as const;
/** A model file's format, by its name. */
export type ModelExtension = (typeof MODEL_EXTENSIONS)[number];

/** Formats whose main file is JSON, with the weights in further files: TensorFlow.js, and what Keras' `to_json` gives. */
export const JSON_EXTENSION = '.json';
export type ModelFormat = ModelExtension | typeof JSON_EXTENSION;

/** `undefined` for a name that says no format. */
export function extensionOf(path: string): ModelExtension | undefined {
  const name = path.toLowerCase();
  return MODEL_EXTENSIONS.find((extension) => name.endsWith(extension));
}

/** Signatures at their offsets, in Latin-1. */
const SIGNATURES: readonly (readonly [format: ModelExtension, offset: number, text: string])[] = [
  ['.hdf5', 0, '\x89HDF\r\n\x1a\n'],
  ['.keras', 0, 'PK\x03\x04'],
  ['.tflite', 4, 'TFL3'],
];
/** Of a safetensors file's header. */
const MAX_HEADER_BYTES = 2 ** 32;
/** JSON's own white space, and the mark that some editors put before UTF-8. */
const BEFORE_JSON = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
/** Python's pickles, which older PyTorch writes as they are. */
const PICKLE = 0x80;

/**
 * @returns `undefined` where neither the bytes nor the name say it
 */
export function detectFormat(bytes: Uint8Array, path: string): ModelFormat | undefined {
  const found = SIGNATURES.find(([, offset, text]) =>
    Array.from(text).every((character, index) => bytes[offset + index] === character.charCodeAt(0)),
  );
  if (found !== undefined) {
    // Two endings for one format: the name chooses between them.
    return found[0] === '.hdf5' && extensionOf(path) === '.h5' ? '.h5' : found[0];
  }
  if (isSafetensors(bytes)) return '.safetensors';
  if (isJson(bytes)) return JSON_EXTENSION;
  // Protocol buffers have no signature. ONNX files begin with the version of their form, a small number.
  if (bytes[0] === 0x08 && (bytes[1] ?? 0) < 0x40) return '.onnx';
  return extensionOf(path);
}

/** @throws MienError `MODEL_INVALID` for bytes that are of no format that is read */
export function requireFormat(bytes: Uint8Array, path: string): ModelFormat {
  const format = detectFormat(bytes, path);
  if (format !== undefined) return format;
  if (bytes[0] === PICKLE) throw new MienError('UNSUPPORTED', `${path}: ${PYTORCH_ADVICE}`);
  const endings = MODEL_EXTENSIONS.join(', ');
  throw new MienError(
    'MODEL_INVALID',
    `${path}: is no model file; name one that ends in ${endings}, or a model.json`,
  );
}

/** The length of the header in eight bytes, and then the header: a JSON object. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getBigUint64(0, true) <= BigInt(MAX_HEADER_BYTES);
}

function isJson(bytes: Uint8Array): boolean {
  const first = bytes.subarray(0, 64).find((byte) => !BEFORE_JSON.has(byte));
  return first === 0x7b;
}
