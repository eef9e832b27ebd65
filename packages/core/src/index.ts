/**
 * Mien's core: frame → faces → expressions, in Node and in the browser, without dependencies.
 */
export { ERROR_CODES, MienError, type ErrorCode } from './errors.js';
export { createFrame, MAX_FRAME_SIDE, type Frame, type FrameChannels } from './frame.js';
export { intersectionOverUnion, type Box } from './geometry/box.js';
export type { Detection, Detector } from './detect/detector.js';
export type { Analysis, Face, Probabilities } from './result.js';
