/** Version, and flags of the runtime. `@mien/node/runtime`. */
export { enableRelaxedSimd } from './enable-relaxed-simd.js';
export { readVersion } from './read-version.js';
