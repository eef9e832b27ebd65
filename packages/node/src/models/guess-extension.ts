import type { ModelExtension } from '@mien/formats/model-file';

/** Signatures at their offsets, in Latin-1. */
const SIGNATURES: readonly (readonly [offset: number, text: string, extension: ModelExtension])[] = [
  [0, '\x89HDF', '.hdf5'],
  [0, 'PK\x03\x04', '.keras'],
  [4, 'TFL3', '.tflite'],
  // The length of the header in eight bytes, then the header: a JSON object.
  [8, '{', '.safetensors'],
];

/** The format of a model file by its first bytes. ONNX has no signature: it is what is left. */
export function guessExtension(bytes: Uint8Array): ModelExtension {
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  return SIGNATURES.find(([offset, text]) => head.startsWith(text, offset))?.[2] ?? '.onnx';
}
