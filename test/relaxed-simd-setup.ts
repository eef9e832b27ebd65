/** In Node 20 relaxed SIMD needs a flag. With it, suites over all kernel builds run both. */
import { enableRelaxedSimd } from '../packages/node/src/enable-relaxed-simd.js';

enableRelaxedSimd();
