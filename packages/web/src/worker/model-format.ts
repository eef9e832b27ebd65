/** Detects the format of a model file by its first bytes: Blobs may have no name and URLs no extension. */

/** File extensions by format. */
const ENDINGS = {
  haar: '.bin',
  hdf5: '.hdf5',
  keras: '.keras',
  tflite: '.tflite',
  safetensors: '.safetensors',
  json: '.json',
  onnx: '.onnx',
} as const;
export type ModelFormat = keyof typeof ENDINGS;

/** Magic numbers: the format, their offset and their bytes. */
const MARKS: readonly (readonly [ModelFormat, offset: number, mark: string])[] = [
  ['haar', 0, 'mienhaar'],
  ['hdf5', 0, '\x89HDF\r\n\x1a\n'],
  ['keras', 0, 'PK\x03\x04'],
  ['tflite', 4, 'TFL3'],
  // Eight bytes for the length of the header, then the header, a JSON object.
  ['safetensors', 8, '{'],
  ['json', 0, '{'],
  // Protobuf has no magic number; ONNX files start with field 1, the version.
  ['onnx', 0, '\x08'],
];

/** `undefined` if the bytes match no format. */
export function detectModelFormat(bytes: Uint8Array): ModelFormat | undefined {
  return MARKS.find(([, offset, mark]) =>
    Array.from(mark).every((character, index) => bytes[offset + index] === character.charCodeAt(0)),
  )?.[0];
}

/** A file name with the format's extension: parsers are chosen by it. */
export function toFileName(source: string, format: ModelFormat): string {
  const hasExtension =
    source.toLowerCase().endsWith(ENDINGS[format]) || (format === 'hdf5' && /[.]h5$/i.test(source));
  return hasExtension ? source : `${source}${ENDINGS[format]}`;
}
