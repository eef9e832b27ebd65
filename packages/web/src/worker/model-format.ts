/** A model file's format, by its first bytes: a Blob need not have a name, nor an address an ending. */

/** The ending that a file of the format has. */
const ENDINGS = {
  haar: '.bin',
  hdf5: '.hdf5',
  keras: '.keras',
  tflite: '.tflite',
  safetensors: '.safetensors',
  onnx: '.onnx',
} as const;
export type ModelFormat = keyof typeof ENDINGS;

/** Where the mark of each format is, and what it is. */
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

/** A name that says the format: readers choose by it. */
export function toFileName(source: string, format: ModelFormat): string {
  const isSaid =
    source.toLowerCase().endsWith(ENDINGS[format]) || (format === 'hdf5' && /[.]h5$/i.test(source));
  return isSaid ? source : `${source}${ENDINGS[format]}`;
}
