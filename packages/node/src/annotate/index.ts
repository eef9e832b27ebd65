/** What is drawn with a font: contact sheets and pictures within pages. `@mien/node/drawing`. */
export { type ContactSheet, drawContactSheet } from '../pictures/contact-sheet.js';
export { encodeDataUrl } from '../pictures/encode-data-url.js';
export { loadOutlineFont } from './load-outline-font.js';
