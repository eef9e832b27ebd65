/** The readers of model files, as a part of the worker: loaded when a page brings a model of its own. */
export { outlineOnnx, parseOnnx } from '@mien/formats';
export { readModelFile } from '@mien/formats/model-file';
export { setPartUrls } from './import-part.js';
