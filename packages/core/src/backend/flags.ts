/** Flag bits that kernels take: to clamp a result at zero from below, to add it to what the output already holds. */
export { FLAG_ACCUMULATE, FLAG_RELU } from './generated/kernel-signatures.js';
