/** Drawings with text, and pictures for pages. `@mien/node/drawing`. */
export { type ContactSheet, drawContactSheet } from '../pictures/contact-sheet.js';
export { encodeDataUrl } from '../pictures/encode-data-url.js';
export { loadOutlineFont } from './load-outline-font.js';
