/** Decodes picture files. `@mien/node/pictures`. */
export {
  checkPicture,
  decodePicture,
  decodePixels,
  type EncodedPicture,
  MAX_PIXELS,
} from './decode-picture.js';
