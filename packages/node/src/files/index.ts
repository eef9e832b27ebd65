/** Reading files, with errors for people. `@mien/node/files`. */
export { isThere } from './is-there.js';
export { readFileBytes, toReadError } from './read-file.js';
