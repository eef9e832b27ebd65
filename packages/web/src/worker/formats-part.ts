/** The parsers of model files, as a part of the worker that is loaded for custom models. */
export { outlineOnnx, parseOnnx } from '@mien/formats';
export { readModelFile } from '@mien/formats/model-file';
export { fetchBytes } from '../assets/fetch-bytes.js';
export { openInOnnxRuntime } from './open-in-onnx-runtime.js';
export { setPartUrls } from './import-part.js';
