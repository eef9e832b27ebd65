/** Decodes picture files. `@mien/node/pictures`. */
export { decodePicture, MAX_PIXELS } from './decode-picture.js';
