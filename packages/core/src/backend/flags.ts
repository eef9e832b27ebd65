/** Flag bits of kernels: FLAG_RELU clamps results to 0 or more, FLAG_ACCUMULATE adds them to the output. */
export { FLAG_ACCUMULATE, FLAG_RELU } from './generated/kernel-signatures.js';
