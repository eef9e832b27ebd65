/** Reading files, with errors for people. `@mien/node/files`. */
export { findInput } from './find-input.js';
export { isThere } from './is-there.js';
export { readFileBytes, toReadError } from './read-file.js';
