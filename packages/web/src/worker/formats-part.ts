/** The readers of model files, as a part of the worker: loaded when a page brings a model of its own. */
import {
  outlineOnnx,
  parseKerasArchive,
  parseKerasHdf5,
  parseModelSafetensors,
  parseOnnx,
  parseTflite,
  type ImportedModel,
  type ParseOnnxOptions,
} from '@mien/formats';
import type { ModelFormat } from './model-format.js';

export { setPartUrls } from './import-part.js';

/** Reads a network out of a file. */
export async function importModel(
  bytes: Uint8Array,
  format: Exclude<ModelFormat, 'haar'>,
  source: string,
  options: ParseOnnxOptions = {},
): Promise<ImportedModel> {
  switch (format) {
    case 'safetensors':
      return parseModelSafetensors(bytes, source);
    case 'hdf5':
      return parseKerasHdf5(bytes, source);
    case 'keras':
      return parseKerasArchive(bytes, source);
    case 'tflite':
      return parseTflite(bytes, source);
    case 'onnx':
      return parseOnnx(bytes, source, options);
    default:
      return format satisfies never;
  }
}

/** Whether an ONNX file takes pictures of any size. */
export function isSizeOpen(bytes: Uint8Array, source: string): boolean {
  return outlineOnnx(bytes, source).isSizeOpen;
}
