/** The runtime itself: version and flags. `@mien/node/runtime`. */
export { enableRelaxedSimd } from './enable-relaxed-simd.js';
export { readVersion } from './read-version.js';
