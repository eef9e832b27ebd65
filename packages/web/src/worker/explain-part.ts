/** Explanations, as a part of the worker that is loaded when the first one is asked for. */
export { createExplainer } from '@mien/core';
export { setPartUrls } from './import-part.js';
