/** Node 20 has relaxed SIMD behind a flag; with it on, suites over all kernel builds run both. */
import { enableRelaxedSimd } from '../packages/node/src/enable-relaxed-simd.js';

enableRelaxedSimd();
