/** A model file's format, by its first bytes: what a file is called says nothing when it comes as a Blob. */

export const MODEL_FORMATS = ['safetensors', 'hdf5', 'keras', 'tflite', 'onnx', 'haar'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** Where the marks of each format are, and what they are. */
const MARKS: readonly (readonly [ModelFormat, offset: number, mark: string])[] = [
  ['haar', 0, 'mienhaar'],
  ['hdf5', 0, '\x89HDF\r\n\x1a\n'],
  ['keras', 0, 'PK\x03\x04'],
  ['tflite', 4, 'TFL3'],
  // The length of the header in eight bytes, and then the header, a JSON object.
  ['safetensors', 8, '{'],
  // A protobuf has no mark; ONNX files begin with their field 1, the version.
  ['onnx', 0, '\x08'],
];

/** `undefined` for bytes that are of none. */
export function detectModelFormat(bytes: Uint8Array): ModelFormat | undefined {
  return MARKS.find(([, offset, mark]) =>
    Array.from(mark).every((character, index) => bytes[offset + index] === character.charCodeAt(0)),
  )?.[0];
}
